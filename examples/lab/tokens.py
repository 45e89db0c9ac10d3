"""Access tokens that the lab's relay believes, signed with a key of their own."""

from __future__ import annotations

import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://login.lab.test/lab-tenant/v2.0"
_NAME = "lab1"


class TokenKey:
    def __init__(self) -> None:
        self._key: RSAPrivateKey = generate_private_key(65537, 2048)

    def publish(self, keys: Path) -> None:
        """Where Dovecot looks for it: `<keys>/default/RS256/<key id>`."""
        folder = keys / "default" / "RS256"
        folder.mkdir(parents=True)
        public = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / _NAME).write_bytes(public)

    def token(self, user: str, *, seconds: int = 3600, **claims: object) -> str:
        """As Entra writes them for an application that may send mail."""
        now = int(time.time())
        usual = {
            "aud": "https://outlook.office365.com",
            "iss": ISSUER,
            "sub": "application-object-id",  # Dovecot wants one
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + seconds,
            "roles": ["SMTP.SendAsApp"],
            "preferred_username": user,
        }
        return jwt.encode(usual | claims, self._key, algorithm="RS256", headers={"kid": _NAME})
