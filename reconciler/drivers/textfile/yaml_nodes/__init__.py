"""A YAML text as nodes that know their place, and where new keys go among them; emits no YAML of its own."""
