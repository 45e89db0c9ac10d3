"""Claims in the zone's Vault: what writes or proves runs once, however often it arrives. Knows no unit and no broker."""
