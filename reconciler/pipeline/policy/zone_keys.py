"""Public keys of zones that are declared and not here, or are none: no answer of such a zone could be believed.

As with CA files, an absolute path that is not here may be one of the machine where the command runs.
"""

from __future__ import annotations

import base64
import binascii
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape, ZoneSpec

_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\s*(?P<text>[A-Za-z0-9+/=\s]*)-----END PUBLIC KEY-----")
_ED25519 = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo up to the key (RFC 8410)
_LENGTH = len(_ED25519) + 32
_MOST = 1 << 16  # bytes
_PUBLIC = "openssl pkey -in dmz.key -pubout -out dmz.pub, with the worker's own key"


def findings(landscape: Landscape) -> tuple[Finding, ...]:
    """One for each key."""
    zones = landscape.engine.zones.values() if landscape.engine else ()
    known: dict[bytes, str] = {}
    return tuple(found for zone in zones for found in _findings(zone, Path(landscape.base), known))


def _findings(zone: ZoneSpec, base: Path, known: dict[bytes, str]) -> Iterator[Finding]:
    """`known` has whose each key is."""
    path = Path(zone.key)
    inside = path.is_relative_to(base)
    name = path.relative_to(base) if inside else path
    try:
        content = _read(path)
    except FileNotFoundError:
        if inside:
            why = "without it no answer of its worker could be believed; a relative path starts beside the root"
            yield _error(zone, "zone-key-missing", f"key: {name}: no such file", why, f"put it there: {_PUBLIC}")
        return
    except OSError as error:
        why = str(error.strerror)
        yield _error(zone, "zone-key-missing", f"key: {name}: cannot be read", why, "correct path or permissions")
        return
    if (wrong := _wrong(content)) is not None:
        what, why, fix = wrong
        yield _error(zone, "zone-key-form", f"key: {name}: {what}", why, fix)
    elif (other := known.setdefault(_raw(content.decode("ascii", "replace")), zone.name)) != zone.name:
        why = f"the worker of {other} could answer for {zone.name}, and that of {zone.name} for {other}"
        yield _error(zone, "zone-key-shared", f"key: {name}: this is the key of zone {other}", why, _PUBLIC)


def _read(path: Path) -> bytes:
    """Raises OSError. To open a pipe would wait for somebody who writes."""
    if stat.S_ISFIFO(path.stat().st_mode):
        raise OSError(0, "it is no file")
    with path.open("rb") as file:
        return file.read(_MOST)


def _wrong(content: bytes) -> tuple[str, str, str] | None:
    """What, why and fix; nothing of the content, which may be a secret."""
    text = content.decode("ascii", "replace")
    if "PRIVATE KEY" in text:
        why = "whoever reads it can answer as the worker of this zone, and git never forgets it"
        return "this is a private key", why, f"make a new pair, and put its public half here: {_PUBLIC}"
    if text.startswith(("ssh-", "ecdsa-")):
        why = "messages are signed with keys in PEM; a key of ssh is for logins"
        return "this is a key of OpenSSH", why, _PUBLIC
    if "-----BEGIN PUBLIC KEY-----" not in text:
        return "this holds no public key in PEM", "it begins with -----BEGIN PUBLIC KEY-----", _PUBLIC
    if not _raw(text):
        return "this is no Ed25519 key", "messages are signed with EdDSA, which others do not do", _PUBLIC
    return None


def _raw(text: str) -> bytes:
    """The 32 bytes of an Ed25519 key; none of anything else."""
    found = _PEM.search(text)
    try:
        raw = base64.b64decode("".join(found["text"].split()), validate=True) if found else b""
    except binascii.Error:
        return b""
    return raw.removeprefix(_ED25519) if len(raw) == _LENGTH and raw.startswith(_ED25519) else b""


def _error(zone: ZoneSpec, rule: str, what: str, why: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule=rule,
        field=f"engine.zones.{zone.name}.key",
        where=zone.position,
        what=what,
        why=why,
        fix=fix,
    )
