"""How fast due publications start, beside the bare limit of the same server: ``python -m tests.bench``."""
