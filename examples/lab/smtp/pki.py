"""A throw-away CA, and the certificates that a relay can go wrong with. Keys live in memory and in `folder` only."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pki:
    """`ca_file` trusts all of them but `unknown_ca`."""

    ca_file: str
    good: ssl.SSLContext
    wrong_name: ssl.SSLContext
    expired: ssl.SSLContext
    five_days: ssl.SSLContext
    twelve_days: ssl.SSLContext
    unknown_ca: ssl.SSLContext


def make(folder: Path) -> Pki:
    """Contexts for servers on localhost; writes the CA's certificate to `folder`."""
    ca, now = trustme.CA(), datetime.now(UTC)
    ca_file = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(ca_file))

    def lasting(days: float) -> ssl.SSLContext:
        begin = now + timedelta(days=min(days, 0) - 30)
        end = now + timedelta(days=days, hours=1)
        return context(ca.issue_cert(*HOSTS, not_before=begin, not_after=end))

    return Pki(
        ca_file=str(ca_file),
        good=lasting(63),
        wrong_name=context(ca.issue_cert("elsewhere.example", not_after=now + timedelta(days=63))),
        expired=lasting(-3),
        five_days=lasting(5),
        twelve_days=lasting(12),
        unknown_ca=context(trustme.CA().issue_cert(*HOSTS)),
    )


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(found)
    return found
