"""What the panels ask and follow; makes no widget."""
