"""One file per command, loaded only when it is called. Builds the parts, calls the stages, picks the exit code."""
