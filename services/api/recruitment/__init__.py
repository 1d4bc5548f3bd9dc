"""Nominations, applications, open calls, and whether selection treats groups alike, over HTTP."""
