"""A job of a CI system: the command, and where it puts what it has to tell."""
