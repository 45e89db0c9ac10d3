"""Who sends, and as who: the relays, the logins and senders used there, and the resources behind each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.model.answers.overview import Sending
from reconciler.model.text.place import place
from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.html.pieces import framed_table, row
from reconciler.views.html.room import fitted
from reconciler.views.overview.picture import Picture, proof_place
from reconciler.views.overview.relays import status
from reconciler.views.overview.sections import ROOM, Section, left_out, names
from reconciler.views.paper import plural


class _Identity(NamedTuple):
    """The From address, the login, and the reference of its password."""

    sender: str | None
    username: str | None
    credential: str | None


def section(picture: Picture) -> Section | None:
    sending = picture.overview.sending
    if sending is None:
        return None
    routes = _routes(sending)
    made = fitted((_route(name, them, picture) for name, them in routes.items()), ROOM["senders"], len(routes))
    unused = [one for one in picture.overview.relays if one not in routes]
    beside = [element("p", "Declared, and used by nobody: ", names(unused), ".", class_="soft")] if unused else []
    body = joined((made.shown, left_out(made.left), *beside, *_shared(sending)))
    return Section(name="senders", title="Senders and relays", body=body)


def _routes(sending: Sequence[Sending]) -> Mapping[str, Sequence[Sending]]:
    """By relay, or by host where a resource names its own; what most send through comes first."""
    found: dict[str, list[Sending]] = {}
    for one in sending:
        found.setdefault(one.relay or place(one.host, one.port), []).append(one)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))


def _route(name: str, them: Sequence[Sending], picture: Picture) -> Html:
    people = [_identity(who, found) for who, found in _identities(them).items()]
    kinds = len({one.platform for one in them})
    many = plural(len(them), "resource") + (f" of {kinds} platforms" if kinds > 1 else "")
    stops = element("p", f"If it stops, {many} cannot send.", class_="soft")
    relay = element("div", *_relay(name, them[0], picture), stops, class_="through")
    return joined((element("article", element("ul", *people), relay, class_="route", data_find=""), BREAK))


def _relay(name: str, one: Sending, picture: Picture) -> Iterator[Html]:
    found = picture.proof_named.get(name) or picture.proof_of.get(one.address)
    title = element("a", name, href=f"#{proof_place(found[0])}") if found else name
    yield element("h3", title)
    if (where := place(one.host, one.port)) != name:
        yield element("p", where, class_="soft")
    if found:
        yield element("p", status(found[1].handshake))


def _identities(them: Sequence[Sending]) -> Mapping[_Identity, Sequence[str]]:
    found: dict[_Identity, list[str]] = {}
    for one in them:
        found.setdefault(_Identity(one.sender, one.username, one.credential), []).append(one.address)
    return found


def _identity(who: _Identity, of: Sequence[str]) -> Html:
    login = f"logs in as {who.username}" if who.username else "no login"
    told = [element("p", joined(("as ", element("strong", who.sender))))] if who.sender else []
    told.append(element("p", login, *([" with ", element("code", who.credential)] if who.credential else [])))
    mine = element("div", element("p", element("strong", plural(len(of), "resource"))), element("p", names(of, 4)))
    arrow = element("span", "→", aria_hidden="true", class_="arrow")
    return element("li", mine, arrow, element("div", *told))


def _shared(sending: Sequence[Sending]) -> Iterator[Html]:
    """Secrets that open several relays or stages: where one leaks, all are open."""
    found: dict[str, list[Sending]] = {}
    for one in sending:
        if one.credential:
            found.setdefault(one.credential, []).append(one)
    several = {name: them for name, them in found.items() if len(them) > 1}
    if not several:
        return
    order = sorted(several.items(), key=lambda pair: (-len(_stages(pair[1])), -len(pair[1])))
    made = fitted((_credential(*pair) for pair in order), ROOM["shared"], len(order))
    yield element("h3", "Shared credentials")
    yield framed_table(
        ("Credential", "Resources", "Stages", "Relays"), [made.shown], "Shared credentials", stacked=True
    )
    yield left_out(made.left)


def _credential(name: str, them: Sequence[Sending]) -> Html:
    relays = dict.fromkeys(one.relay or place(one.host, one.port) for one in them)
    told = plural(len(them), "resource"), ", ".join(_stages(them)), names(tuple(relays), 3)
    return row(joined((element("code", name),)), *told, data_find="")


def _stages(them: Sequence[Sending]) -> Sequence[str]:
    return tuple(dict.fromkeys(one.address.partition("/")[0] for one in them))
