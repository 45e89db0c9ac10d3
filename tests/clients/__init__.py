"""The real mail clients, run against relays of all shapes: what they did is kept, and our predictions are held to it."""
