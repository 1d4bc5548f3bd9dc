"""The time edge: does what is due, by jobs and by the clock; never by itself decides what a person did not."""
