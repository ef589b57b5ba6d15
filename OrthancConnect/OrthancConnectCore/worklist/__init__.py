"""Work lists: cases that a group works through, kept on the server itself."""
