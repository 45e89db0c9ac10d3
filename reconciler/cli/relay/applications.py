"""`--as`: the applications whose mail clients are asked about, by name."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.cli.shell import spelling
from reconciler.errors import UsageError
from reconciler.model.handshake import Auth

ALL = "all"
_DELIVERY = 25  # takes no logins


def chosen(given: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Clients that the session speaks as; and those that are asked about only, with `all`. Raises UsageError."""
    if not given:
        return (), ()
    from reconciler.smtp.clients.client import names  # few ask for them

    known = names()
    for name in given:
        if name != ALL and name not in known:
            near = spelling.nearest(name, [ALL, *known])
            what = f"--as: {name!r} is not one of {', '.join((ALL, *known))}"
            raise UsageError(what, why="each client is a file of data", fix=f"--as {near or 'rails'}")
    own = tuple(dict.fromkeys(name for name in given if name != ALL))
    return own, tuple(name for name in known if name not in own) if ALL in given else ()


def auth(found: Auth, asked: str | None, port: int) -> Auth:
    """An application logs in where nobody says otherwise; no login is made here for that."""
    return Auth.BASIC if found is Auth.NONE and asked is None and port != _DELIVERY else found
