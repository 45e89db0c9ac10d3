"""A job of a CI system: the command, and where its results go. Plans as `plan` does, and writes nothing else."""
