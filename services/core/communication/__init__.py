"""Messages to people, in their language, each kept as part of their history."""
