"""How the scripts ended, in words of ours: what happened, what became of the earlier files, and the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from reconciler.drivers.shell.scripts import Ended, Host
from reconciler.drivers.shell.ssh_command import shown
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
)

# what, why, fix; {dir} is config_directory
_Words: TypeAlias = "tuple[type[PlatformError], str, str | None, str]"
_AS_ROOT = "connect as root (ssh: root@host), or set sudo: true"
_REFUSED: Mapping[str, _Words] = {
    "no-postconf": (PlatformMissing, "there is no postconf", "Postfix is not installed there", "install Postfix"),
    "not-root": (PlatformDenied, "only root can change Postfix", "postfix reload needs root", _AS_ROOT),
    "no-main": (PlatformMissing, "there is no {dir}/main.cf", None, "correct connection.config_directory"),
    "link": (
        PlatformRefused,
        "{dir}/main.cf is a symbolic link",
        "postconf would replace the link with a file",
        "set connection.config_directory to the folder the link points to",
    ),
    "not-running": (
        PlatformRefused,
        "Postfix is not running",
        "it could not be checked whether it accepts the new settings",
        "systemctl start postfix, or postfix start; then apply again",
    ),
    "no-sasl": (
        PlatformRefused,
        "this Postfix has no SASL for its SMTP client",
        "without SASL it cannot log in (postconf -A)",
        "install the Postfix package that has it; Alpine and RHEL also need cyrus-sasl",
    ),
    "nothing-to-keep": (
        PlatformRefused,
        "our password map is gone",
        "it holds the password that is to be kept",
        "plan again; the password will be written again",
    ),
    "busy": (
        PlatformBusy,
        "another write is running, or was interrupted: {dir}/.reconciler exists",
        None,
        "if no other run is active: it holds the earlier files; restore what you need, then remove it",
    ),
    "not-writable": (PlatformDenied, "{dir} is not writable", "is the file system read-only?", "mount it read-write"),
}
_STEPS: Mapping[str, tuple[str, str, str]] = {
    "map": (
        *(
            "the password map cannot be made",
            "each line of a map is one login: no line breaks in it, no trailing spaces",
        ),
        "check the password in the secret store, and the free space on the disk",
    ),
    "rules": (
        "the rules for senders cannot be written",
        "the disk is full, or permissions are missing",
        "check free space and permissions",
    ),
    "postconf": ("postconf refuses", "it edits main.cf", "check main.cf there: postconf -n"),
    "ca": (
        "the relay's certificate could not be verified",
        "mail would stay in the queue",
        "tls_ca_file: a PEM file on that host, e.g. /etc/ssl/certs/ca-certificates.crt",
    ),
    "check": (
        "postfix check refuses",
        "Postfix would not start again with these settings",
        "correct what it names (see the mail log), then apply again",
    ),
    "reload": ("postfix reload failed", "see the mail log for the reason", "check the mail log, then postfix status"),
    "start": ("the write was interrupted", "by a signal", "apply again"),
}
_FATAL = re.compile(r"(?:fatal|panic|error): (.*)")
_VERSION = re.compile(r"(\d+)\.(\d+)")
_OLDEST = (3, 0)  # smtp_tls_wrappermode


def unread(ended: Ended, host: Host, directory: str) -> PlatformError:
    said = shown(ended.said)
    if ended.code == 20:
        return _refused("no-postconf", host, directory, then="")
    if "No such file or directory" in said or "Not a directory" in said:
        return _refused("no-main", host, directory, then="")
    if "Permission denied" in said:
        fix = "chmod 644 main.cf (its usual mode), or read as root (sudo: true)"
        return PlatformDenied(f"{host}: main.cf cannot be read by this user", why=reason(said), fix=fix)
    return PlatformAnswer(f"{host}: Postfix cannot be read", why=reason(said) or None, fix="try there: postconf -n")


OLDEST = ".".join(map(str, _OLDEST))


def too_old(version: str, host: Host) -> PlatformError | None:
    found = _VERSION.match(version)
    if found and (int(found[1]), int(found[2])) >= _OLDEST:
        return None
    what = f"{host}: Postfix {version or '(unknown version)'} is older than {OLDEST}"
    return PlatformRefused(what, why="it has no smtp_tls_wrappermode (port 465)", fix="upgrade Postfix")


def problem(ended: Ended, host: Host, directory: str) -> PlatformError | None:
    """None when all was done."""
    word, _, rest = (ended.out.strip().splitlines() or [""])[-1].partition(" ")
    if word == "done" and ended.code == 0:
        return None
    if word == "refused" and rest in _REFUSED:
        return _refused(rest, host, directory)
    step, _, more = rest.partition(" ")
    if word == "failed" and step in _STEPS:
        state, _, said = more.partition(" ")
        return _failed(host, directory, step, state, said)
    why = shown(ended.said) or "it ended without output"
    return PlatformAnswer(f"{host}: it is unknown what was written", why=why, fix="plan again and compare")


def _refused(reason: str, host: Host, directory: str, then: str = "; nothing was written") -> PlatformError:
    kind, what, why, fix = _REFUSED[reason]
    return kind(f"{host}: {what.format(dir=directory)}{then}", why=why, fix=fix)


def _failed(host: Host, directory: str, step: str, state: str, said: str) -> PlatformError:
    what, why, fix = _STEPS[step]
    cause = (f"{said} contains no certificate" if said else "no CA is configured") if step == "ca" else reason(said)
    told = f"{host}: {what}{f': {cause}' if cause else ''}"
    if state != "restored":
        fix = f"the earlier files are in {directory}/.reconciler: move them back by hand, then postfix reload"
        return PlatformAnswer(f"{told}; the earlier files could NOT be restored", why=why, fix=fix)
    return PlatformRefused(f"{told}; the earlier files were restored", why=why, fix=fix)


def reason(said: str) -> str:
    """postconf and postmap warn of much before they say what is fatal."""
    fatal = _FATAL.findall(said)
    return fatal[-1].strip() if fatal else shown(said)
