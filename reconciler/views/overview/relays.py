"""A card for each relay: what its handshake found, its certificate's days, where the time went, who needs it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.answers.overview import Proven
from reconciler.model.handshake import CheckStatus, Handshake, Level, Status
from reconciler.views.handshakes import report as cards
from reconciler.views.handshakes import report_facts as facts
from reconciler.views.handshakes.text import name
from reconciler.views.html.bars import bar, colour, parts
from reconciler.views.html.markup import BREAK, Html, element, joined
from reconciler.views.html.pieces import definitions, folded
from reconciler.views.html.room import fitted
from reconciler.views.overview.picture import Picture, proof_place
from reconciler.views.overview.sections import ROOM, Section, left_out, names
from reconciler.views.overview.states import shown
from reconciler.views.paper import plural

_FEW = 12  # that are well and shown at once: a page of fifty green cards hides what comes after them
_SOON, _LONG = 30, 90  # days that a certificate has left: told as a warning; a bar as long as it gets
_STATUS = {
    Status.PASS: ("accepts our mail", "✓", "ok"),
    Status.WARN: ("warning", "!", "warn"),
    Status.FAIL: ("fails", "×", "fail"),
    Status.INCONCLUSIVE: ("inconclusive", "?", "inconclusive"),
}


def section(picture: Picture) -> Section | None:
    if not picture.proofs:
        return None
    ill = sum(one.handshake.status is not Status.PASS for one in picture.proofs)
    well = len(picture.proofs) - ill
    if well <= _FEW:
        body = _cards(picture, 0, len(picture.proofs), ROOM["relays"])
    else:
        healthy = folded(
            f"{well} relays are well", _cards(picture, ill, len(picture.proofs), ROOM["relays that are well"])
        )
        body = joined((_cards(picture, 0, ill, ROOM["relays"]), healthy))
    return Section(name="relays", title="Relays", body=body)


def _cards(picture: Picture, begin: int, end: int, size: int) -> Html:
    cards = (_card(at + 1, picture.proofs[at], picture) for at in range(begin, end))
    made = fitted(cards, size, end - begin)
    return joined((element("div", made.shown, class_="cards"), left_out(made.left)))


def _card(number: int, proof: Proven, picture: Picture) -> Html:
    found = proof.handshake
    head = element("header", element("h3", name(found)), status(found))
    where = element("p", f"{cards.where(found)}, level {found.level}", class_="soft")
    findings = (cards.finding(one) for one in found.checks if one.status in cards.UNWELL)
    inside = (
        head,
        where,
        *findings,
        _certificate(found, picture),
        _timeline(found),
        _users(proof),
        *_proven(found, picture),
    )
    return joined(
        (
            element(
                "article", *inside, id=proof_place(number), class_=f"card {_STATUS[found.status][2]}", data_find=""
            ),
            BREAK,
        )
    )


def status(found: Handshake) -> Html:
    word, sign, kind = _STATUS[found.status]
    unasked = found.status is Status.PASS and found.level in (Level.CONNECT, Level.TLS)  # nobody has logged in
    return shown("answers" if unasked else word, sign, kind)


def _certificate(found: Handshake, picture: Picture) -> Html:
    days = facts.days(found, picture.now)
    if days is None:
        return Html()
    kind = "fail" if days < 0 else "warn" if days < _SOON else "ok"
    return joined((element("p", f"Certificate: {facts.certificate(found, picture.now)}"), bar(days / _LONG, kind)))


def _timeline(found: Handshake) -> Html:
    """Where the time went."""
    if not found.steps:
        return Html()
    total = sum(step.ms for step in found.steps)
    legend = [
        element("li", element("span", class_=f"dot {colour(at)}", aria_hidden="true"), f"{step.name} {_ms(step.ms)}")
        for at, step in enumerate(found.steps)
    ]
    drawn = parts([step.ms for step in found.steps])
    return joined((element("p", f"Handshake: {_ms(total)}"), drawn, element("ul", *legend, class_="legend")))


def _ms(ms: float) -> str:
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def _users(proof: Proven) -> Html:
    if not proof.used_by:
        return element("p", "Nothing sends through it.", class_="soft")
    count = plural(len(proof.used_by), "resource")
    return element(
        "p", f"{count} {'sends' if len(proof.used_by) == 1 else 'send'} through it: ", names(proof.used_by, 3)
    )


def _proven(found: Handshake, picture: Picture) -> Iterator[Html]:
    """Every check of one that is not well; of another how many, and what is known."""
    known = definitions(facts.known(found, picture.now))
    if found.status is Status.PASS:
        passed = [one.id for one in found.checks if one.status is CheckStatus.PASS]
        yield folded(f"{plural(len(passed), 'check')} passed", joined((known, element("p", ", ".join(passed)))))
    else:
        yield folded(plural(len(found.checks), "check"), joined((known, cards.checks(found.checks))))
