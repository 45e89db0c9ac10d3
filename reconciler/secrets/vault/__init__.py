"""Vault and OpenBao: login, metadata, values, documents."""
