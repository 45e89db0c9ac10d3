"""What DNS says of a relay and of the sender who uses it. Warns at most, and speaks to name servers only."""
