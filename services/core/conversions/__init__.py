"""Conversions: leads, deals and hires, and to which post each is credited."""
