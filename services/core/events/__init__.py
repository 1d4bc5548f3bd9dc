"""What happened, for those outside who want to know: one thin row per event, in the transaction of its cause."""
