"""What the product knows: no web framework, no job loop, no vendor."""
