"""The services of Advocacy: the HTTP edge, the time edge and the core that both share."""
