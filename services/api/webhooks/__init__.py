"""Where vendors tell us what happened."""
