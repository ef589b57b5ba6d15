"""The command line: grammar, one file a command, and what it prints."""
