"""Documents against the schemas: every mistake of form, with why and fix."""
