"""Options that name a relay on the command line: which fit together, and what they make of it. Contacts nobody."""
