"""Profile checklists and coaches over HTTP."""
