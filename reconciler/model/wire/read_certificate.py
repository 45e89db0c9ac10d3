"""A certificate as it crosses to another process."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.handshake import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCertificate:
    """A `Certificate` with everything read."""

    expires: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    pin: str | None

    @classmethod
    def of(cls, one: Certificate) -> ReadCertificate:
        return cls(expires=one.expires, subject=one.subject, issuer=one.issuer, names=tuple(one.names), pin=one.pin)
