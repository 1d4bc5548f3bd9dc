"""Policies, their versions, agreements and checks over HTTP."""
