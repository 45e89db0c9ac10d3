"""What passes between a page and its console: what may, how it is carried, what is kept of it."""
