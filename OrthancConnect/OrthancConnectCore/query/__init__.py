"""Finds patients, studies and series on the server."""
