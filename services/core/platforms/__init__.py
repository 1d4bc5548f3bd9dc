"""Platforms that the organization owns: content goes into them, people are let in, numbers come back."""
