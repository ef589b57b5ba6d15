"""What files, folders and archives hold."""
