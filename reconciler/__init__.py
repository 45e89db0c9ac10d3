"""Keeps the outgoing-email settings of application platforms equal to YAML in git."""

__version__ = "0.1.0"  # a constant, because importlib.metadata costs 30 ms at every start
