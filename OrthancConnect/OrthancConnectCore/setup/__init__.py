"""First connection, registration, and the server's own configuration."""
