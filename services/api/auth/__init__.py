"""Keys for people: one-time links become keys."""
