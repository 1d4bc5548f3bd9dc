"""Feeds: pages that a source announces, brought in as drafts."""
