"""What an exception of Odoo means, told by its class. The traceback that comes with it is never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.drivers.http.answer import without_secrets
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
)
from reconciler.model.secret import SecretValue


class Passing(PlatformBusy):
    """The server was too busy: the same call may work a moment later.

    `rolled_back`: Odoo said so itself, so nothing of the call was done, and even a `create` may be sent again.
    """

    rolled_back = False


class NoSuchMethod(PlatformAnswer):
    """This Odoo does not have the method: another version does."""


_GROUP = "add the connection's user to that group"
_LOG = "see Odoo's log at this time"
_LOGIN = "check connection.username and its password or API key"
_MEANING: Mapping[str, tuple[type[PlatformError], str, str | None]] = {
    "AccessDenied": (PlatformDenied, "Odoo refused the login", _LOGIN),
    "AccessError": (PlatformDenied, "Odoo does not allow this: {}", _GROUP),
    "MissingError": (PlatformMissing, "{}", None),
    "UserError": (PlatformRefused, "{}", None),
    "ValidationError": (PlatformRefused, "{}", None),
    "RedirectWarning": (PlatformRefused, "{}", None),
}
_PASSING = ("PoolError", "SerializationFailure", "LockNotAvailable", "DeadlockDetected", "ConcurrencyError")
_LONGEST = 600
_NO_METHOD = re.compile(r"The method '[\w.]+' does not exist")  # since 19 with the model, before without
_NEWER = "install a newer reconciler, which knows this Odoo; see docs/platforms/openspp.md"


def fault(name: str, message: str, hidden: tuple[SecretValue, ...] = ()) -> PlatformError:
    """`name` is the exception's class as Odoo gives it, `odoo.exceptions.UserError`; `hidden` were sent to it."""
    kind = name.rpartition(".")[2]
    text = _shortened(without_secrets(message, hidden))
    if found := re.search(r'database "?([^"\s]+)"? does not exist', text):
        return unknown_database(found[1])
    if kind in ("AttributeError", "NotFound") and _NO_METHOD.match(text):
        return NoSuchMethod(f"Odoo says: {text}", why="its methods differ by version", fix=_NEWER)
    if kind in _PASSING or "could not serialize" in text or "Connection Pool Is Full" in text:
        busy = Passing("Odoo's database is too busy", why=text, fix="try again later")
        busy.rolled_back = True
        return busy
    error, what, fix = _MEANING.get(kind, (PlatformAnswer, f"Odoo failed: {kind}: {{}}", _LOG))
    return error(what.replace("{}", text), fix=fix)


def unknown_database(name: str) -> PlatformMissing:
    return PlatformMissing(f"there is no database {name}", fix="check connection.database")


def _shortened(text: str) -> str:
    """In one line, wherever it is shown: Odoo puts the reason, or the groups that may, on lines of their own."""
    whole = " ".join(text.split())
    return whole if len(whole) <= _LONGEST else whole[:_LONGEST] + " …"
