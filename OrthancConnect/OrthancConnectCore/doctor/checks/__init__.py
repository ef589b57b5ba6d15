"""The doctor's checks, one topic a file."""
