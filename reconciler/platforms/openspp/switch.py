"""The blue/green switch: a copy takes over from a mail server once Odoo's own test of it has passed.

Until then the one in use is not touched, and at no time is there none in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from reconciler.errors import PlatformError, PlatformRefused
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import CheckStatus
from reconciler.model.settings import Connection, Desired
from reconciler.platforms.openspp import parameters, records, usages
from reconciler.platforms.openspp.own_test import Verdict, tested
from reconciler.platforms.openspp.records import MODEL, Row, Server
from reconciler.platforms.openspp.rpc import Odoo
from reconciler.platforms.openspp.settings import OAUTH

FIELDS = frozenset({"host", "port", "encryption", "auth", "username", "password"})


def is_on(connection: Connection) -> bool:
    return connection.get("switch") == "blue_green"


def applies(change: Change) -> bool:
    """Whether a change moves mail to somewhere else; a server that is put into or out of use is written in place."""
    after = {one.field: one.after for one in change.fields}
    if change.action is Action.CREATE:
        return after.get("active", True) is True
    return change.action in (Action.UPDATE, Action.ADOPT) and not FIELDS.isdisjoint(after) and "active" not in after


def remark(change: Change) -> Finding:
    how = (
        "is created archived, tested by Odoo, and activated if the test passes"
        if change.action is Action.CREATE
        else "is switched: Odoo tests an archived copy, which then takes over; the old one is renamed and archived"
    )
    return Finding(severity=Severity.NOTE, rule="blue-green", what=how, address=str(change.address))


def limits(desired: Desired) -> Iterator[tuple[str, str, str]]:
    """Rule, setting and what; what cannot be switched so."""
    if desired.settings.get("auth") == "oauth2":
        yield "switch-oauth2", "auth", "blue_green cannot switch oauth2: a copy lacks the person's consent"
    if desired.handshake.get("verify.platform_test") is False:
        yield "switch-untested", "verify.platform_test", "blue_green needs Odoo's own test, which is off here"


def proven_copy(odoo: Odoo, server: Server, key: str, old: Row, values: Mapping[str, Any]) -> tuple[int, Verdict]:
    """An archived copy with the new values, which has passed. Odoo copies the password; nobody reads it.

    Raises PlatformRefused when it did not pass, or when something names the old one; PlatformMissing when that is gone.
    """
    if {old["smtp_authentication"], values.get("smtp_authentication")} & OAUTH:
        raise PlatformRefused(
            "not switched: a copy of this mail server would lack the consent that a person gave",
            fix="connection: {switch: in_place}",
        )
    usages.check(odoo, server, old["id"])
    _remove_trial(odoo, key)
    wanted = {"name": old["name"], **values, "active": False}
    found = odoo.call(MODEL, "copy", ids=[old["id"]], default=wanted)
    new = int(found[0] if isinstance(found, list) else found)
    records.write_again(odoo, server, new, values)
    return new, _proven(odoo, key, new, f"the old one (id {old['id']}) is still in use, unchanged")


def proven_new(odoo: Odoo, server: Server, key: str, values: Mapping[str, Any]) -> tuple[int, Verdict]:
    """The same for one that was not there. Raises PlatformRefused when it did not pass."""
    _remove_trial(odoo, key)
    new = int(odoo.call(MODEL, "create", vals_list=[{**values, "active": False}])[0])
    records.write_again(odoo, server, new, values)
    return new, _proven(odoo, key, new, "nothing else was touched")


def take_over(odoo: Odoo, key: str, old: Row | None, new: int) -> None:
    """Our mark moves over, the new one is put into use, and then the old one out of it.

    Raises PlatformError when one of these fails: the new one is then out of use, and our mark where it was.
    """
    known = records.marks(odoo).get(key)
    records.mark(odoo, key, new, known)
    moved = False
    try:
        records.write(odoo, new, {"active": True})
        if old:
            moved = parameters.moved(odoo, old["id"], new)  # Odoo keeps the default of mailings in use
            records.write(odoo, old["id"], {"active": False, "name": f"{old['name']} (replaced by id {new})"})
    except PlatformError:
        if old and known:
            _given_back(odoo, key, known.record, new, moved=moved)
        raise
    _forget_trial(odoo, key)


def _given_back(odoo: Odoo, key: str, old: int, new: int, *, moved: bool) -> None:
    """Each by itself: what cannot be undone must not keep the rest from it."""
    steps: list[Callable[[], object]] = [
        lambda: records.mark(odoo, key, old, records.marks(odoo).get(key)),
        lambda: odoo.call(MODEL, "write", ids=[new], vals={"active": False}),
    ]
    for undo in ([lambda: parameters.moved(odoo, new, old)] if moved else []) + steps:
        with suppress(PlatformError):
            undo()


def _proven(odoo: Odoo, key: str, new: int, meanwhile: str) -> Verdict:
    try:
        records.mark_trial(odoo, key, new)
        verdict = tested(odoo, new)
    except PlatformError:
        _discarded(odoo, new)
        raise
    if verdict.status is not CheckStatus.PASS:
        gone = _discarded(odoo, new)
        left = "the new one was removed" if gone else f"the new one (id {new}) could not be removed and is archived"
        raise PlatformRefused(
            f"not switched: the new one failed Odoo's own test: {verdict.message}",
            why=f"{meanwhile}; {left}",
            fix=verdict.advice,
        )
    return verdict


def _discarded(odoo: Odoo, record: int) -> bool:
    try:
        odoo.call(MODEL, "unlink", ids=[record])
    except PlatformError:
        return False
    return True


def _remove_trial(odoo: Odoo, key: str) -> None:
    """What a switch left that broke off: archived, marked as a trial of ours, used by nobody."""
    ours, trials = records.all_marks(odoo)
    if trial := trials.get(key):
        used = trial.record in {mark.record for mark in ours.values()}
        if not used and any(not row["active"] for row in records.rows(odoo, ["active"], trial.record)):
            odoo.call(MODEL, "unlink", ids=[trial.record])
        _forget_trial(odoo, key)


def _forget_trial(odoo: Odoo, key: str) -> None:
    if trial := records.all_marks(odoo)[1].get(key):
        odoo.call(records.MARKS, "unlink", ids=[trial.id])
