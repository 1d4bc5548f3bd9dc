"""What is kept of a person, for how long, and how they take it along or have it erased."""
