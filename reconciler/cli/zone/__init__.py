"""The commands of zones: who works there, and the worker itself. Neither plans, nor writes of its own accord."""
