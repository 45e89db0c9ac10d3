"""Files to documents: each value with its place. Judges YAML, not what it means."""
