"""The management report over HTTP."""
