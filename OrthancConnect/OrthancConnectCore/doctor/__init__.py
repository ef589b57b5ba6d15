"""Says what is wrong with a connection, and how to mend it."""
