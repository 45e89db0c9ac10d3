"""What checks say in words of the files, for somebody who has typed flags."""

from __future__ import annotations

import re
from dataclasses import replace

from reconciler.model.handshake import CheckResult, Handshake

_FLAGS = (
    (re.compile(r"\bencryption: (?=starttls|tls|none)"), "--encryption "),
    (re.compile(r"\bauth: oauth2\b"), "--auth oauth2 --token-env"),
    (re.compile(r"\bauth: (?=basic|none)"), "--auth "),
    (re.compile(r"\bca_file\b"), "--ca-file"),
    (re.compile(r"\behlo_name\b"), "--ehlo-name"),
    (re.compile(r"\bverify\.(recipient|via)\b"), r"--\1"),
    (re.compile(r"\bdeclare a (sender|recipient)\b"), r"give a --\1"),
    (re.compile(r"\b(is|are) declared\b"), r"\1 given"),
    (re.compile(r"goes in policy\.plaintext_hosts"), "can be made for declared relays only"),
)


def spoken(found: Handshake) -> Handshake:
    """Evidence stays as it is: it is what others have said."""
    return replace(found, checks=tuple(map(_told, found.checks)))


def _told(check: CheckResult) -> CheckResult:
    advice = None if check.advice is None else in_flags(check.advice)
    return replace(check, reason=in_flags(check.reason), advice=advice)


def in_flags(text: str) -> str:
    for key, flag in _FLAGS:
        text = key.sub(flag, text)
    return text
