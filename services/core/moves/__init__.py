"""Moving a program from one platform to another: looked at first, nothing lost unsaid, resumable."""
