"""A file per command, loaded when called: builds the parts, calls the stages, picks the exit code. Knows no rule."""

import gc

# Between two searches for cycles, from the first import on: Python's own 700 objects are made by each import, none of
# which is ever garbage, and what a command reads stays to its end.
gc.set_threshold(200_000)
