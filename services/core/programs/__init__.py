"""Programs: goals first, then who is responsible, then the states from draft to closed."""
