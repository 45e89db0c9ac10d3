"""Pages that stand by themselves: one file, no script, nothing from a network. What comes from outside is escaped."""
