"""Files of applications, changed in place: formats that keep what they do not know. Knows no setting."""
