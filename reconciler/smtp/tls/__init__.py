"""Verified TLS, and what a certificate says."""
