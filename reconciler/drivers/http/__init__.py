"""HTTP to platforms: verified, limited in time and rate; a reader has a list of what it may ask."""
