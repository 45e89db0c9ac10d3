"""Who the mail is from: sender_canonical_maps for the envelope, smtp_header_checks for the header From."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import PlatformRefused
from reconciler.platforms.postfix import rules
from reconciler.platforms.postfix.observed import entries
from reconciler.platforms.postfix.spelling import ENVELOPE, FROM_HEADER, header_checks, sender_canonical
from reconciler.platforms.postfix.wanted import Wanted

LEAVE = ("leave", "")


def header(want: Wanted) -> tuple[str, str]:
    """What becomes of the rules (leave, set, remove), and their text.

    Raises PlatformRefused for rules that were edited by hand, or without a sender.
    """
    _check(want, FROM_HEADER)
    if want.after.get(FROM_HEADER) is True and want.touches(FROM_HEADER, "sender.address", "sender.name"):
        return "set", rules.header_text(_address(want), want.text("sender.name"))
    return ("remove", "") if want.touches(FROM_HEADER) else LEAVE


def envelope(want: Wanted) -> tuple[str, str]:
    """The same for the envelope sender. Raises PlatformRefused as `header` does."""
    _check(want, ENVELOPE)
    if want.after.get(ENVELOPE) is True and want.touches(ENVELOPE, "sender.address"):
        return "set", rules.envelope_text(_address(want))
    return ("remove", "") if want.touches(ENVELOPE) else LEAVE


def parameters(want: Wanted) -> Mapping[str, str | None]:
    """Of main.cf. Raises PlatformRefused as `header` does."""
    found: dict[str, str | None] = {}
    match envelope(want):
        case "set", _:
            found["sender_canonical_maps"] = sender_canonical(want.directory)
            found["sender_canonical_classes"] = "envelope_sender"
        case "remove", _:
            found |= dict.fromkeys(("sender_canonical_maps", "sender_canonical_classes"))
    action, _ = header(want)
    if action != "leave":
        # ours first: the first rule that fits decides
        ours = [header_checks(want.directory)] if action == "set" else []
        others = [one for one in entries(want.seen.written.get("smtp_header_checks")) if _other(one, want.directory)]
        found["smtp_header_checks"] = ", ".join([*ours, *others]) or None
    return found


def _check(want: Wanted, field: str) -> None:
    if want.touches(field) and want.after.get(field) not in (True, None):
        what = f"{field} cannot be restored to {want.text(field)}"
        raise PlatformRefused(what, why="no copy is kept of rules edited by hand", fix="check them by hand")


def _other(table: str, directory: str) -> bool:
    return table != header_checks(directory)


def _address(want: Wanted) -> str:
    if (address := want.text("sender.address")) is None:
        raise PlatformRefused("rewrite_sender without a sender.address", fix="sender: {address: no-reply@example.com}")
    return address
