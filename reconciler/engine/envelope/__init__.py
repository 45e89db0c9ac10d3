"""Requests and answers as signed text (JWT, EdDSA), strictly read. Knows nothing of units, nor of how they travel."""
