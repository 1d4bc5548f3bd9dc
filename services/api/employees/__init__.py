"""Employees and directory runs over HTTP."""
