"""Goals: the KPIs they are set in, their values day by day, and where they are heading."""
