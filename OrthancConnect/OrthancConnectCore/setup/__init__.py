"""First connection and registration."""
