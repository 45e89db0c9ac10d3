"""What only a job of a CI system shows: orders to its host, and a comment where there is no plan. Asks nobody."""
