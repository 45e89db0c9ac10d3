"""Claims in the zone's Vault: what writes or proves runs once, however often it comes. Knows no unit and no broker."""
