"""Verified TLS, and what a certificate says. Nothing here can leave out the verification."""
