"""Programs over HTTP: goals, responsibilities, transitions."""
