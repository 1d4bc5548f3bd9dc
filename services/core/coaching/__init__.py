"""Coaching: the checklist with which a person improves their own profile."""
