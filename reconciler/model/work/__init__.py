"""Units of work: what is handed to whoever carries them out, here or in another network, and what comes back."""
