"""What was made in Slicer goes home to its study on the server, and comes back from there."""
