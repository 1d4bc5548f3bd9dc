"""Whom a program looks for, invitations, and membership over HTTP."""
