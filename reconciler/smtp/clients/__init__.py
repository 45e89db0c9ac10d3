"""What the mail clients inside applications do at a relay: one file of data for each, and nothing is decided."""
