"""Forecasts: what a plan may bring, with the assumptions said, and what it brought."""
