"""Changes that a run had begun when it was cut off: what the journal says, what became of them, what is remembered.

Looks and judges; writes nothing.
"""
