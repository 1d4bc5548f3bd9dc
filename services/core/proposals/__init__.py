"""Proposals: what employees would like to see offered, and the answer they get."""
