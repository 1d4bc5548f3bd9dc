"""Files that posts can show, over HTTP."""
