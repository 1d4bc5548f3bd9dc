"""Goals that measure themselves: their feeds, computed from what happened."""
