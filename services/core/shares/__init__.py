"""The heart: one person's decision on one item, their consent to exact bytes and a time, and the one post."""
