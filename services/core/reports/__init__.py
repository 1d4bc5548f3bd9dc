"""The management report: are the goals met, who takes part, what worked, and how each number was obtained."""
