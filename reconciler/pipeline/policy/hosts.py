"""What a host is allowed: the globs of the policy, and this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

from reconciler.model.handshake import Policy


def normal(host: str) -> str:
    return host.lower().rstrip(".")


@lru_cache(maxsize=1024)
def loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(normal(host)).is_loopback
    except ValueError:
        return normal(host) == "localhost"


def matches(host: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(normal(host), glob.lower()) for glob in globs)


def is_recipient(address: str, policy: Policy) -> bool:
    """Whether the tool may name this mailbox to a relay, or send to it."""
    return not policy.recipients or any(fnmatchcase(address.lower(), glob.lower()) for glob in policy.recipients)


def plaintext_allowed(host: str, policy: Policy, via: str | None = None) -> bool:
    """Whether a credential may go to this host unencrypted: on this machine, or where the policy says so.

    Behind ssh, loopback is the other machine's, and the way there is encrypted; to a proxy it would go in clear.
    """
    bare = via is not None and not via.startswith("ssh://")
    return (loopback(host) and not bare) or matches(host, policy.plaintext_hosts)
