"""The real mail clients at relays of all shapes: what they did is recorded, and our predictions are held to it."""
