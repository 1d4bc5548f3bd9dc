"""What identity systems push over SCIM, and what they read back."""
