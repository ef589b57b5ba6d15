"""Fetches instances from the server."""
