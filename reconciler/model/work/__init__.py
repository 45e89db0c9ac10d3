"""Units of work: what is handed to who carries them out, here or in another network, and what comes back. Only data."""
