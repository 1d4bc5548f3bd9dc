"""Tracked links: what a share points to, and who followed it, counted three ways and never mixed."""
