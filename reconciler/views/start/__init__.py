"""What the first hour prints: a whole landscape as YAML, the script of a shell. Asks nobody, and decides nothing."""
