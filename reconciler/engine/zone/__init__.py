"""The zone's side: a worker's settings, what it refuses, units carried out. Knows no broker; believes no message."""
