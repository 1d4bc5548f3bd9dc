"""The few pages we serve ourselves."""
