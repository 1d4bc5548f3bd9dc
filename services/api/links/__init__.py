"""Where tracked links lead."""
