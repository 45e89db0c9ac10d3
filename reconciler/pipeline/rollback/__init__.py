"""The way back to what a run found, declared again as an ordinary plan.

Reads the journal; contacts no platform and writes nothing.
"""
