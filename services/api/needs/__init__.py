"""The needs desk over HTTP."""
