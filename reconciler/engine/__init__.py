"""Who carries units of work out: this process, or workers in the zones where the networks are."""
