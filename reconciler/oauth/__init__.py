"""Tokens for platforms and relays. Hands out SecretValues and keeps nothing beyond the run."""
