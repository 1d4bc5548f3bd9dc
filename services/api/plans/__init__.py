"""Content plans and who qualifies for benefits, over HTTP."""
