"""Keeps fetching: what is new on a server, and all of a list."""
