"""`make demo` (`__main__`) and `make lab` (`up`): the servers that `environments/` names, and a story told on them."""
