"""Tenants, and who may do what in them: organizations, roles, API keys, one-time links."""
