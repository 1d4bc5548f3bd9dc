"""Content, its variants and reviews, and the offers of ambassadors over HTTP."""
