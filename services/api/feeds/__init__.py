"""Source feeds, over HTTP."""
