"""Runs the handshakes that are due, one login for each user of a host. Writes to no platform."""
