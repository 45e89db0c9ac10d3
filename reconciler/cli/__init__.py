"""A file per command, loaded when called: builds the parts, calls the stages, picks the exit code. Knows no rule."""
