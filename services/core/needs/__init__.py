"""Needs: what ambassadors ask for, who answers, and by when."""
