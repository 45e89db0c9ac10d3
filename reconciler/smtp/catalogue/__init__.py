"""The checks as data: id, severity, level, what each needs. No connection here."""
