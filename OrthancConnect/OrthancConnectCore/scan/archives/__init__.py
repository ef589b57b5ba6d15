"""Members of archives, read as streams."""
