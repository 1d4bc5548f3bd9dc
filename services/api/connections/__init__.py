"""A person connects their own accounts."""
