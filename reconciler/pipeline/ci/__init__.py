"""A job of a CI system: what it says of itself, and the one comment that it keeps at its pull request."""
