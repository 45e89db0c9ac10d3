"""`--as`: the applications whose mail clients are asked about, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.cli.shell import spelling
from reconciler.errors import UsageError
from reconciler.model.handshake import Auth, Relay
from reconciler.smtp.clients.client import names

ALL = "all"
_DELIVERY = 25  # takes no logins


def asked(relay: Relay, given: Sequence[str], *, auth: str | None) -> Relay:
    """The relay with its clients. `auth` is what the command line says of it. Raises UsageError.

    An application logs in where nobody says otherwise; no login is made here for that.
    """
    clients, others = _chosen(given)
    assumed = relay.auth is Auth.NONE and auth is None and relay.port != _DELIVERY
    return replace(relay, clients=clients, others=others, auth=Auth.BASIC if assumed else relay.auth)


def _chosen(given: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Clients that the session speaks as; and those that are asked about only, with `all`."""
    known = names()
    for name in given:
        if name != ALL and name not in known:
            near = spelling.nearest(name, [ALL, *known])
            what = f"--as: {name!r} is not one of {', '.join((ALL, *known))}"
            raise UsageError(
                what,
                why="only of these is known what they do at a relay",
                fix=f"--as {near}" if near else "e.g. --as rails",
            )
    own = tuple(dict.fromkeys(name for name in given if name != ALL))
    return own, tuple(name for name in known if name not in own) if ALL in given else ()
