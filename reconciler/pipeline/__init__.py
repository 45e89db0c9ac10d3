"""The stages, each a pure step or one bounded run. No stage names a platform or calls the next one."""
