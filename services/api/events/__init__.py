"""What happened, to read."""
