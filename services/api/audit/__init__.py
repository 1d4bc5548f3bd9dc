"""Who did what, to read."""
