"""Job handlers, one file per noun."""
