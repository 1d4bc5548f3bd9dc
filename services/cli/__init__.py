"""The `advocacy` command."""
