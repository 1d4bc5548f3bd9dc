"""Rounds of surveys over HTTP."""
