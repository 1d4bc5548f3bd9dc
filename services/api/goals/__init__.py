"""Goals over HTTP: goals, responsibilities, transitions."""
