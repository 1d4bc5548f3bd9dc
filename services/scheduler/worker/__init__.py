"""The queue engine, started and stopped."""
