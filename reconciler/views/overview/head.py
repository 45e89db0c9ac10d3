"""The first thing that is read: what it comes to, in a sentence and in five numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciler.model.handshake import Status
from reconciler.views.handshakes import report_facts as facts
from reconciler.views.handshakes.text import name
from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.overview.picture import Picture
from reconciler.views.overview.sections import Section
from reconciler.views.overview.states import State
from reconciler.views.paper import plural

_SOON = 30  # days that a certificate has left
_WORK = {1: "The relay works.", 2: "Both relays work."}  # by how many there are
_WORKS = (Status.PASS, Status.WARN)


def sentence(picture: Picture) -> str:
    """For the title and the command's own output, too."""
    return " ".join([*_relays(picture), *_resources(picture)]) or "Nothing to report."


def _relays(picture: Picture) -> Iterator[str]:
    proofs = picture.proofs
    counts = Counter(one.handshake.status for one in proofs)
    failed, unsure = counts[Status.FAIL], counts[Status.INCONCLUSIVE]
    told = [f"{failed} of {plural(len(proofs), 'relay')} {'fails' if failed == 1 else 'fail'}{_silenced(picture)}"]
    told = [*(told if failed else []), *([f"{plural(unsure, 'relay')} inconclusive"] if unsure else [])]
    if told:
        yield f"{'; '.join(told)}."
    elif proofs:
        yield _WORK.get(len(proofs), f"All {len(proofs)} relays work.")


def _silenced(picture: Picture) -> str:
    count = len(picture.silenced)
    return f": {plural(count, 'resource')} cannot send" if count else ""


def _resources(picture: Picture) -> Iterator[str]:
    if not picture.states:
        return
    counts = Counter(picture.states.values())
    equal, count = counts.pop(State.EQUAL, 0), len(picture.states)
    whole = f"{count:,} resource{'' if count == 1 else 's'}"
    if not counts:
        yield f"{whole} as declared."
        return
    told = ", ".join(f"{counts[state]:,} {state.word}" for state in State if counts[state])
    yield f"{equal:,} of {whole} as declared; {told}."


def head(picture: Picture, sections: Sequence[Section]) -> Html:
    plan = picture.overview.plan
    commit = (
        f" · commit {plan.git.commit[:12]}{' and local edits' if plan.git.dirty else ''}" if plan and plan.git else ""
    )
    about = f"{picture.now:%Y-%m-%d %H:%M} UTC{commit} · holds no secret"
    partial = [] if picture.overview.complete else [_partial()]
    told = (element("h1", "Outgoing mail"), element("p", sentence(picture), class_="verdict"), *partial)
    tiles = element("ul", *_tiles(picture), class_="tiles")
    return joined((element("header", *told, element("p", about, class_="soft"), tiles), BREAK, _way(sections), BREAK))


def _partial() -> Html:
    return element("p", "Not everything could be looked at: what is missing stands below.", class_="partial")


def _way(sections: Sequence[Section]) -> Html:
    links = [element("li", element("a", one.title, href=f"#{one.name}")) for one in sections]
    find = Html(
        '<div id="find" role="search" hidden><label for="word">Filter</label> <input id="word" type="search"'
        ' autocomplete="off" placeholder="target, relay, host, drifted …"> <span id="found" role="status"></span></div>'
    )
    return element("nav", element("ul", *links), find, aria_label="Sections")


def _tiles(picture: Picture) -> Iterator[Html]:
    counts = Counter(picture.states.values())
    if proofs := picture.proofs:
        works = sum(one.handshake.status in _WORKS for one in proofs)
        yield _tile(f"{works} of {len(proofs)}", "relays work", "#relays", "ok" if works == len(proofs) else "fail")
    yield from _certificate(picture)
    if picture.changes:
        equal, whole = counts[State.EQUAL], len(picture.states)
        yield _tile(f"{equal:,} of {whole:,}", "resources as declared", "#matrix", "ok" if equal == whole else "change")
    for state in (State.FAILED, State.UNREAD, State.BLOCKED, State.DRIFT, State.BY_HAND, State.CHANGE):
        if counts[state]:
            yield _tile(f"{counts[state]:,}", state.word, _PLACES.get(state, "#needs"), state.kind)


_PLACES = {State.DRIFT: "#drift", State.CHANGE: "#changes", State.BY_HAND: "#changes", State.BLOCKED: "#changes"}


def _certificate(picture: Picture) -> Iterator[Html]:
    """The one that ends next."""
    known = [
        (days, one.handshake) for one in picture.proofs if (days := facts.days(one.handshake, picture.now)) is not None
    ]
    if known:
        days, found = min(known, key=lambda pair: pair[0])
        kind = "fail" if days < 0 else "warn" if days < _SOON else "ok"
        yield _tile(plural(days, "day"), f"to the next certificate's end ({name(found)})", "#relays", kind)


def _tile(number: str, what: str, href: str, kind: str) -> Html:
    link = element("a", element("strong", number), " ", element("span", what), href=href)
    return joined((element("li", link, class_=f"tile {kind}"), BREAK))
