"""What passes between a page and its console, and how it is carried. Nothing else reaches the console."""
