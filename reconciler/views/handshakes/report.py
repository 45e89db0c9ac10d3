"""Handshakes as a page to hand around: what each relay has proven, its certificate, and who sends mail through it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from reconciler.model.answers.prediction import Kind, Outcome
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Status
from reconciler.model.text.place import place
from reconciler.views.handshakes import report_facts as facts
from reconciler.views.handshakes.predicted import doubt
from reconciler.views.handshakes.text import name
from reconciler.views.html.markup import Html, element, joined, lines
from reconciler.views.html.page import heading, page
from reconciler.views.html.pieces import definitions, folded, mark, table
from reconciler.views.printable import Printable

Uses = Sequence[tuple[str, str, str]]  # a target, its platform, the name of a relay
_WORDS = {Status.PASS: "ok", Status.WARN: "warning", Status.FAIL: "failed", Status.INCONCLUSIVE: "inconclusive"}
_CHECKS = {
    CheckStatus.PASS: ("ok", "ok"),
    CheckStatus.INFO: ("note", "skipped"),
    CheckStatus.SKIPPED: ("skipped", "skipped"),
    CheckStatus.WARN: ("warning", "warn"),
    CheckStatus.FAIL: ("failed", "fail"),
    CheckStatus.INCONCLUSIVE: ("inconclusive", "inconclusive"),
}
_KINDS = {Status.PASS: "ok", Status.WARN: "warn", Status.FAIL: "fail", Status.INCONCLUSIVE: "inconclusive"}
_FORESEEN = {Kind.SENDS: "ok", Kind.FAILS: "fail", Kind.WAITS: "fail", Kind.UNVERIFIED: "inconclusive"}
UNWELL = (CheckStatus.FAIL, CheckStatus.INCONCLUSIVE, CheckStatus.WARN)


def text(handshakes: Sequence[Handshake], *, uses: Uses = (), now: float) -> Printable:
    """`now` is in seconds since 1970 (UTC)."""
    moment = datetime.fromtimestamp(now, UTC)
    counts = Counter(found.status for found in handshakes)
    count = ", ".join(f"{counts[status]} {word}" for status, word in _WORDS.items() if counts[status])
    relays = "1 relay" if len(handshakes) == 1 else f"{len(handshakes)} relays"
    body = [
        heading("Mail relays", f"{relays}: {count}. Verified {moment:%Y-%m-%d %H:%M} UTC by reconciler verify."),
        _overview(handshakes, moment),
        *([_matrix(handshakes, uses)] if uses else []),
        *([_clients(handshakes)] if any(found.predicted for found in handshakes) else []),
        *(_card(found, moment) for found in handshakes),
    ]
    return page(f"Mail relays: {count}", *body)


def _overview(handshakes: Sequence[Handshake], now: datetime) -> Html:
    head = ("Relay", "Server", "Status", "Certificate", "TLS", "Login", "Level")
    rows = (
        (
            element("a", name(found), href=f"#{anchor(found)}"),
            where(found),
            status(found),
            facts.certificate(found, now),
            facts.tls(found),
            facts.login(found),
            str(found.level),
        )
        for found in handshakes
    )
    return table(head, rows, "Relays")


def _matrix(handshakes: Sequence[Handshake], uses: Uses) -> Html:
    """Who sends mail through what, and whether that works."""
    used = [found for found in handshakes if any(found.relay == relay for _, _, relay in uses)]
    targets = dict.fromkeys((target, platform) for target, platform, _ in uses)
    through = {(target, relay) for target, _, relay in uses}
    rows = (
        (target, platform, *(status(found) if (target, found.relay) in through else "" for found in used))
        for target, platform in targets
    )
    title = "Who sends through them"
    whole = table(("Target", "Platform", *(found.relay or "" for found in used)), rows, title)
    return joined((element("h2", title), whole))


def _clients(handshakes: Sequence[Handshake]) -> Html:
    """What the applications' own mail clients would come to, relay by client."""
    asked = [found for found in handshakes if found.predicted]
    names = sorted({one.client for found in asked for one in found.predicted})
    told = {(found.relay, one.client): _outcome(one) for found in asked for one in found.predicted}
    rows = ((client, *(told.get((found.relay, client), "") for found in asked)) for client in names)
    title = element("h2", "What their mail clients would come to")
    said = element("p", "Predicted from what the session saw, and from what each client is known to do.", class_="soft")
    return joined((title, said, table(("Client", *map(name, asked)), rows)))


def _outcome(one: Outcome) -> Html:
    told = [mark(", ".join(one.kinds), _FORESEEN.get(one.kind, "warn"))]
    if one.kind is not Kind.SENDS and one.reason:
        told.append(element("p", f"{one.reason}{doubt(one)}", class_="soft"))
    return joined(told)


def _card(found: Handshake, now: datetime) -> Html:
    head = element("header", element("h3", name(found)), status(found), element("span", where(found), class_="soft"))
    told = [element("p", found.summary)] if found.summary else []
    findings = (finding(one) for one in found.checks if one.status in UNWELL)
    known = definitions(facts.known(found, now))
    count = "1 check" if len(found.checks) == 1 else f"{len(found.checks)} checks"
    inside = (head, *told, known, *findings, folded(count, checks(found.checks)))
    return element("article", *inside, id=anchor(found))


def finding(check: CheckResult) -> Html:
    word, kind = _CHECKS[check.status]
    parts = [element("p", mark(f"{check.id} {word}", kind), " ", check.told)]
    if check.evidence:
        parts.append(element("pre", lines(check.evidence)))
    if check.advice:
        parts.append(element("p", element("strong", "Advice: "), check.advice))
    return element("div", *parts, class_=f"finding {kind}")


def checks(found: Iterable[CheckResult]) -> Html:
    return table(
        ("Check", "Status", "What was found"),
        ((one.id, mark(*_CHECKS[one.status]), _told(one)) for one in found),
        "Checks",
    )


def _told(check: CheckResult) -> Html:
    shown = (element("pre", lines(check.evidence)),) if check.evidence else ()
    return joined((check.told, *shown))


def status(found: Handshake) -> Html:
    return mark(_WORDS[found.status], _KINDS[found.status])


def where(found: Handshake) -> str:
    via = f" via {found.via}" if found.via else ""
    zone = f", from {found.zone}" if found.zone else ""
    return f"{place(found.host, found.port)}{via}{zone}"


def anchor(found: Handshake) -> str:
    return f"relay-{name(found)}"
