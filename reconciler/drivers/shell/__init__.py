"""Fixed scripts for sh, here or through ssh."""
