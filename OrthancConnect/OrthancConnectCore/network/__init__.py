"""The only user of requests: TLS, connections, their faults."""
