"""Model in, text out. Nobody else formats, and nothing here asks or decides."""
