"""The platforms of an organization over HTTP."""
