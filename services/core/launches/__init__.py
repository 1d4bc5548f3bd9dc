"""From a quiet launch with its evidence to a loud one with its kit."""
