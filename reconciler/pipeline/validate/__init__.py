"""Documents against the schemas: every mistake of form, with why and fix. Knows one file at a time, and no relay."""
