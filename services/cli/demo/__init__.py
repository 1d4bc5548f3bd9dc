"""A company to try the product on."""
