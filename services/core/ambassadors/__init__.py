"""Who we look for, who is invited, and who speaks for a program of their own free will."""
