"""A person shares: their draft, their yes, their publication."""
