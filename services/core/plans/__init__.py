"""Content plans: what was meant to be offered, what was, and what was shared."""
