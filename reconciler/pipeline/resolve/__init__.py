"""Documents to the landscape: relays and defaults flattened, each setting with its origin. Contacts nobody."""
