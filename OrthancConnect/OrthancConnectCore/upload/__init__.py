"""Stores files on the server, and counts each."""
