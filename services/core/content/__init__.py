"""What a program offers its ambassadors to share: items, their variants and reviews, and the offers themselves."""
