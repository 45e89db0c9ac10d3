"""From where a relay was asked, where that is not only here."""

from __future__ import annotations

from reconciler.model.answers.verdict import Verdict
from reconciler.model.handshake import Handshake, Status


def seen_from(found: Handshake, proven: str = "") -> str:
    """`from dmz: starttls, TLSv1.3; from here: no route to host`; empty where all is from here."""
    if found.zone is None:
        return proven
    there = f"from {found.zone}: {proven}" if proven else f"from {found.zone}"
    return there if found.here is None else f"{there}; from here: {said(found.here)}"


def said(here: Verdict) -> str:
    """A relay that we cannot reach is nothing bad: what counts was found in its zone."""
    return f"ok ({here.summary})" if here.status is Status.PASS else here.summary
