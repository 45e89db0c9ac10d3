"""CA files that are declared and are not here: the one judgement of the files that looks at what lies beside them.

A relative path is of the repository, or of what a job puts beside it, so that its absence is worth a word before a
handshake fails of it. An absolute one is of the machine where the handshakes run, and need not be here.
"""

from __future__ import annotations

from pathlib import Path

from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Encryption, Level
from reconciler.model.landscape import Landscape
from reconciler.pipeline.policy.subjects import Subject, subjects
from reconciler.pipeline.resolve import relays
from reconciler.pipeline.resolve.flatten import absolute


def findings(landscape: Landscape) -> tuple[Finding, ...]:
    """Each place that names a missing file once, whoever uses it."""
    base = Path(landscape.base)
    found = [_finding(one, base) for one in subjects(landscape) if "ca_file" in one.settings and _needs_it(one)]
    once = {finding.where: finding for finding in reversed(found) if finding}  # the relay's own comes first
    return tuple(once.values())


def _needs_it(subject: Subject) -> bool:
    relay = relays.relay(subject.settings, None)
    return relay is not None and relay.encryption is not Encryption.NONE and relay.level.rank > Level.CONNECT.rank


def _finding(subject: Subject, base: Path) -> Finding | None:
    given = subject.settings.get("ca_file")
    path = Path(str(given))
    if given is None or not path.is_relative_to(base) or _there(path):
        return None
    where = subject.where("ca_file")
    name = path.relative_to(base)
    beside = Path(absolute(str(Path(where.file).parent / name), str(Path.cwd())))
    if beside.is_relative_to(base) and _there(beside):
        fix = f"ca_file: {beside.relative_to(base)}, which is there"
    else:
        fix = "put it there (in CI, before the run), or leave out ca_file to trust the system's CAs"
    return Finding(
        severity=Severity.WARNING,
        rule="ca-file-missing",
        address=subject.address,
        field="ca_file",
        where=where,
        what=f"ca_file: {name}: no such file; handshakes with this relay will fail",
        why="a relative path starts at the folder of the environments folder, not at the file that names it",
        fix=fix,
    )


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return True  # in a folder that is closed to us: the handshake tells
