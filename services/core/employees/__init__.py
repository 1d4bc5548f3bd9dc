"""The people an organization employs, as its HR system tells us, and how that list is brought up to date."""
