"""Vault and OpenBao: login, metadata, values, documents. Writes the documents of the state, and no secret."""
