"""Desired against live and applied: changes, risks, the saved plan. Contacts nobody but through observe."""
