"""Commands of zones: the worker inside of one, what stands at the broker for all. They know no other command."""
