"""The words for files that stand in the wrong place, have the wrong name, or cannot be read."""

from __future__ import annotations

import os
import re
import shlex

from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Position

RECONCILER = "reconciler.yaml"
ENVIRONMENT = "environment.yaml"
_NO_LINK = "replace the link with the file itself, or remove it"


def wrong(file: str, rule: str, what: str, why: str, fix: str) -> Finding:
    where = Position(file=file, line=1, column=1)
    return Finding(severity=Severity.ERROR, rule=rule, what=what, why=why, fix=fix, where=where)


def no_root(root: str, error: OSError, other: str | None) -> Finding:
    """`other` is a root that may be meant."""
    why = reason(error)
    return Finding(
        severity=Severity.ERROR,
        rule="root-missing",
        what=_no_folder(root, error),
        why=why if other is None else f"{why}; there is a {RECONCILER} in {_folder(other)}",
        fix="name the folder that holds reconciler.yaml: --root DIR"
        if other is None
        else f"--root {shlex.quote(other)}",
    )


def _no_folder(root: str, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no folder {root or '.'} here"
    return f"{root or '.'}: not a folder" if isinstance(error, NotADirectoryError) else f"{root or '.'}: cannot be read"


def _folder(path: str) -> str:
    return "this folder" if path == "." else path


def other_root(root: str, other: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="root-elsewhere",
        what=f"{root or '.'}: no {RECONCILER} here; there is one in {other}",
        why="the root is the folder that holds it; no other file was read",
        fix=f"--root {shlex.quote(other)}",
    )


def no_reconciler(file: str) -> Finding:
    why = "it names the version of the language, the secret stores and the state, for all environments"
    return wrong(file, "file-missing", f"{RECONCILER} is missing", why, "create it with the line   version: 1")


def no_environment(file: str) -> Finding:
    why = "it holds what the targets of this environment share: order, relays, sender and verification"
    return wrong(file, "file-missing", f"{ENVIRONMENT} is missing", why, "create it with the line   order: 10")


def misplaced(file: str) -> Finding:
    return wrong(
        file,
        "file-place",
        "a YAML file outside the folder of an environment",
        f"beside {RECONCILER} there are only folders, one per environment; targets are files in them",
        f"move it into the folder of its environment, or rename it to {RECONCILER}",
    )


def nested(file: str, environment: str) -> Finding:
    return wrong(
        file,
        "file-place",
        "a YAML file in a folder inside an environment",
        "targets are files directly in the folder of their environment, where everybody looks for them",
        f"move it to {joined(environment, os.path.basename(file))}",  # noqa: PTH119  # text, not a path to open
    )


def suffix(file: str) -> Finding:
    stem, found = os.path.splitext(file)  # noqa: PTH122
    why = "with a single suffix, no file is overlooked"
    return wrong(file, "file-suffix", f"the suffix {found} is not .yaml", why, f"git mv {file} {stem}.yaml")


def name(file: str, name: str, thing: str) -> Finding:
    return wrong(
        file,
        "file-name",
        f"invalid {thing} name: {printable(name)}",
        "names are lower-case letters, digits, dots, hyphens and underscores, and begin with a letter or digit",
        f"rename it to {nearest_name(name)}",
    )


def link_outside(file: str) -> Finding:
    why = "what decides where mail goes is reviewed in one place"
    return wrong(file, "file-link", "a link that leads outside the root", why, _NO_LINK)


def link_nowhere(file: str, error: OSError) -> Finding:
    return wrong(file, "file-link", "a broken or circular link", reason(error), _NO_LINK)


def link_circle(file: str) -> Finding:
    why = "it points to a folder that contains the link itself"
    return wrong(file, "file-link", "a circular link", why, _NO_LINK)


def unreadable(file: str, error: OSError) -> Finding:
    fix = "give the user that runs this command read access"
    return wrong(file, "file-unreadable", "cannot be read", reason(error), fix)


def not_regular(file: str) -> Finding:
    why = "folders, pipes and devices hold no declarations"
    return wrong(file, "file-unreadable", "not a regular file", why, "put a regular file here, or remove this")


def too_large(file: str) -> Finding:
    why = "a declaration is a few kilobytes; more than 1 MiB is a mistake or an attack"
    return wrong(file, "file-size", "larger than 1 MiB", why, "remove what does not belong here")


def not_utf8(file: str, data: bytes, offset: int) -> Finding:
    before = data[:offset]
    start = before.rfind(b"\n") + 1
    line, column = before.count(b"\n") + 1, len(before[start:].decode(errors="replace")) + 1
    return Finding(
        severity=Severity.ERROR,
        rule="file-encoding",
        what="not UTF-8 text",
        why="another encoding, read as UTF-8, silently changes letters",
        fix="save the file as UTF-8",
        where=Position(file=file, line=line, column=column),
    )


def joined(folder: str, name: str) -> str:
    return os.path.join(folder, printable(name))  # noqa: PTH118  # text for people; pathlib drops a leading ./


def printable(name: str) -> str:
    return name if name.isprintable() else ascii(name)[1:-1]


def reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def nearest_name(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).lstrip("._-") or "main"
