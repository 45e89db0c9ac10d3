"""textfile."""
