"""Organizations, keys and roles over HTTP."""
