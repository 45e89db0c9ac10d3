"""Options of one relay that go together, and values that a server could take; all else is refused before anybody is
contacted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.errors import UsageError
from reconciler.model.handshake import Encryption, Level

# as the schema has them for the files
_ADDRESS = r"[^\s@<>,;:()\[\]\"\\\x00-\x1f\x7f]+@(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Za-z:.]+\])"
_INSIDE = rf"(?:^|[\s<,;])({_ADDRESS})(?=$|[\s>,;])"  # one among others, or beside a name
_EHLO_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.IPv]+\]"
_CONTROL = r"[\x00-\x1f\x7f]"
_ENVELOPE = ("sender", "recipient")


def values(given: Mapping[str, Any]) -> None:
    """Raises UsageError for a name or an address that would not get into its SMTP command as it is."""
    name = given["ehlo_name"]
    if name is not None and not re.fullmatch(_EHLO_NAME, name):
        what = f"--ehlo-name: {name!r} is not a host name, nor an address in brackets"
        raise UsageError(what, fix="--ehlo-name client.example.com")
    if given["username"] == "":
        raise UsageError("--username is empty", fix="--username no-reply@example.com")
    if given["username"] is not None and (found := re.search(_CONTROL, given["username"])):
        what = f"--username holds {found[0]!r}"
        raise UsageError(what, why="control characters are no part of a login", fix="remove it from --username")
    for address in _ENVELOPE:
        if given[address] is not None:
            _address(option(address), given[address])


def _address(name: str, text: str) -> None:
    if re.fullmatch(_ADDRESS, text):
        return
    if not text:
        raise UsageError(f"{name} is empty", fix=f"{name} postmaster@example.com")
    # not email.utils, which reads a list of addresses since Python 3.13 as none
    bare = next(iter(re.findall(_INSIDE, text)), "")
    if re.fullmatch(_ADDRESS, bare) and not re.search(_CONTROL, text):
        why = "the envelope of a message knows addresses only, without names"
        raise UsageError(f"{name}: {text!r} is more than an address", why=why, fix=f"{name} {bare}")
    if "@" not in text:
        raise UsageError(f"{name}: {text!r} has no domain", fix=f"{name} {_example(text)}@example.com")
    raise UsageError(f"{name}: {text!r} is not an address, name@domain", fix=f"{name} postmaster@example.com")


def _example(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z0-9._+-]+", text) else "postmaster"


def level(given: Mapping[str, Any], level: Level, encryption: Encryption, *, dns: bool) -> None:
    """Raises UsageError for what the level needs and lacks, or has and does not use."""
    if level.rank >= Level.ENVELOPE.rank:
        for name in _ENVELOPE:
            if given[name] is None:
                raise UsageError(f"--level {level} needs a --{name}", fix=f"--{name} postmaster@example.com")
    elif unused := [name for name in _ENVELOPE if given[name] is not None and not (dns and name == "sender")]:
        raise unused_options(
            unused, level, why="an envelope is tried at --level envelope and message", wanted=Level.ENVELOPE
        )
    if dns and given["sender"] is None:
        why = "SPF, DKIM and DMARC are looked up in the DNS of the sender's domain"
        raise UsageError("--dns needs a --sender", why=why, fix="--sender no-reply@example.com")
    if given["ca_file"] is not None and (encryption is Encryption.NONE or level.rank < Level.TLS.rank):
        without = "--encryption none" if encryption is Encryption.NONE else f"--level {level}"
        raise UsageError(
            f"--ca-file has no effect with {without}",
            why="there is no certificate to compare it with",
            fix="omit one of the two",
        )


def logins(level: Level | None, base: str | None = None) -> None:
    """Of --prove-each: raises UsageError where no login is tried; without a level the files say how far to go."""
    without = "--base" if base else f"--level {level}"
    if base or (level is not None and level.rank < Level.AUTH.rank):
        raise UsageError(
            f"--prove-each has no effect with {without}",
            why="no login is tried",
            fix="omit one of the two",
        )


def unused_options(names: Sequence[str], level: Level, *, why: str, wanted: Level) -> UsageError:
    """For options that nobody would look at."""
    options = " and ".join(map(option, names))
    has = "has" if len(names) == 1 else "have"
    what = f"{options} {has} no effect at --level {level}"
    return UsageError(what, why=why, fix=f"--level {wanted}, or omit {options}")


def option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
