"""Real servers of others, each with its own configuration in a folder of its own, on loopback."""
