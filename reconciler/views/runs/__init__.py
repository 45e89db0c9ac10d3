"""What runs hold and have left: locks, history, what was settled. Asks nobody."""
