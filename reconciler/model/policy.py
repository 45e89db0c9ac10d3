"""The rules of reconciler.yaml that hold for whole runs, of handshakes too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Globs for hosts and addresses. Empty `relay_hosts` allow every host, empty `recipients` every recipient."""

    relay_hosts: tuple[str, ...] = ()
    plaintext_hosts: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()  # of what the tool itself sends or names to a relay
