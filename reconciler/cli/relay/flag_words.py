"""What checks say, for somebody who has typed flags."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.handshake import CheckResult, Handshake
from reconciler.model.text.message import in_flags


def spoken(found: Handshake) -> Handshake:
    """Evidence stays as it is: it is what others have said."""
    return replace(found, checks=tuple(map(_told, found.checks)))


def _told(check: CheckResult) -> CheckResult:
    advice = None if check.advice is None else in_flags(check.advice)
    return replace(check, reason=in_flags(check.reason), advice=advice, usual=None)  # no file has lowered it
