"""What both processes speak of; standard library only."""
