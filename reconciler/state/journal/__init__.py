"""What every run did: JSON lines that are only ever added to, each with the digest of the one before."""
