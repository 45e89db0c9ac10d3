"""What a host is allowed: the globs of the policy, and this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from fnmatch import fnmatchcase

from reconciler.model.landscape import Policy


def normal(host: str) -> str:
    return host.lower().rstrip(".")


def loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(normal(host)).is_loopback
    except ValueError:
        return normal(host) == "localhost"


def matches(host: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(normal(host), glob.lower()) for glob in globs)


def plaintext_allowed(host: str, policy: Policy) -> bool:
    """Whether a credential may go to this host unencrypted: on this machine, or where the policy says so."""
    return loopback(host) or matches(host, policy.plaintext_hosts)
