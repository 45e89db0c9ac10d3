"""CA files that are declared and not here, or hold no certificate: the one judgement of the files that looks at what
lies beside them.

A relative path is of the repository, or of what a job puts beside it, so that its absence is worth a word before a
handshake fails of it. An absolute one is of the machine where the handshakes run, and need not be here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Encryption, Level
from reconciler.model.landscape import Landscape
from reconciler.model.source import Position
from reconciler.pipeline.policy.subjects import Subject, subjects
from reconciler.pipeline.resolve import relays
from reconciler.pipeline.resolve.flatten import absolute

_Instead = tuple[str, str] | None  # what is in a file where no certificate is, and what to do
# OpenSSL reads what stands between any of these
_SIGNS = (b"-----BEGIN CERTIFICATE-----", b"-----BEGIN TRUSTED CERTIFICATE-----", b"-----BEGIN X509 CERTIFICATE-----")


def findings(landscape: Landscape) -> tuple[Finding, ...]:
    """Each place that names a missing file once, whoever uses it."""
    base = Path(landscape.base)
    instead = cache(_instead)  # many relays trust the same file
    found = [
        _finding(one, base, instead) for one in subjects(landscape) if "ca_file" in one.settings and _needs_it(one)
    ]
    once = {finding.where: finding for finding in reversed(found) if finding}  # the relay's own comes first
    return tuple(once.values())


def _needs_it(subject: Subject) -> bool:
    relay = relays.relay(subject.settings, None)
    return relay is not None and relay.encryption is not Encryption.NONE and relay.level.rank > Level.CONNECT.rank


def _finding(one: Subject, base: Path, instead: Callable[[Path], _Instead]) -> Finding | None:
    given = one.settings.get("ca_file")
    path = Path(str(given))
    if given is None or not path.is_relative_to(base):
        return None
    name, where = path.relative_to(base), one.where("ca_file")
    if _there(path):
        return _no_certificate(one, name, where, instead(path))
    beside = Path(absolute(str(Path(where.file).parent / name), str(Path.cwd())))
    if beside.is_relative_to(base) and _there(beside):
        fix = f"ca_file: {beside.relative_to(base)}, which is there"
    else:
        fix = "put it there (in CI, before the run), or leave out ca_file to trust the system's CAs"
    return Finding(
        severity=Severity.WARNING,
        rule="ca-file-missing",
        address=one.address,
        field="ca_file",
        where=where,
        what=f"ca_file: {name}: no such file; handshakes with this relay will fail",
        why="a relative path starts at the folder of the environments folder, not at the file that names it",
        fix=fix,
    )


def _no_certificate(one: Subject, name: Path, where: Position, instead: _Instead) -> Finding | None:
    if instead is None:
        return None
    what, fix = instead
    why = "a handshake could trust nobody; OpenSSL reads PEM only"
    found = one.error("ca-file-form", "ca_file", f"ca_file: {name}: {what}", why, fix, where)
    return replace(found, severity=Severity.WARNING)  # a job may put another file in its place


def _instead(path: Path) -> _Instead:
    try:
        with path.open("rb") as file:
            if any(sign in file.read(1 << 20) for sign in _SIGNS):
                return None
        from reconciler.smtp.tls.not_pem import instead  # few files need words

        return instead(path)
    except OSError:
        return None  # closed to us: the handshake tells


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return True  # in a folder that is closed to us: the handshake tells
