"""Recruitment: nominations, applications, open calls, and how well somebody fits."""
