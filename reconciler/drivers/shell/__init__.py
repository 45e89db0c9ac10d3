"""Fixed scripts for sh, here or through ssh: values are arguments or standard input, never a part of a script."""
