"""Assets: images and other files that content brings along."""
