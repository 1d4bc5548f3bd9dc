"""Content plans: themes, cadence and targets, what came of them, and who qualifies for a program's benefits."""
