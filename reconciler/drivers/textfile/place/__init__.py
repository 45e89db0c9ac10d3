"""Where a file is, what it is beside its text, and how it is replaced as a whole; knows no format."""
