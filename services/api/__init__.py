"""The HTTP edge: translates requests into calls of the core, and its answers and refusals into HTTP."""
