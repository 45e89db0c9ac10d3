"""How HTTP travels to Vault, token servers and platforms alike: verified, bounded in time and size, no surprises."""
