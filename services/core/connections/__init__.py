"""A person's own account on a network, linked by them, sealed with their key, and theirs to cut."""
