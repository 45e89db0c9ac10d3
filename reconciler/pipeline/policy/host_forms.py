"""A relay's name in a form that the mail client of an application cannot use: an address, a dot at its end.

Names outside ASCII are no names in the files: the schema asks for xn--….
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape
from reconciler.model.settings import Desired
from reconciler.pipeline import guard

if TYPE_CHECKING:
    from reconciler.smtp.clients.client import Client


class _Form(NamedTuple):
    """`fact` of the client, where it has one of these `values`."""

    fact: str
    values: tuple[str, ...]
    what: str
    why: str
    fix: str


def findings(landscape: Landscape) -> Iterator[Finding]:
    """An error where the client was run with such a name, else a warning. What the platform says itself is enough."""
    for one in landscape.desired:
        host = one.settings.get("host")
        if isinstance(host, str) and (form := _form(host)) is not None and not _told(one):
            yield from _of(one, form, landscape)


def _form(host: str) -> _Form | None:
    """None for an ordinary name, as nearly all are."""
    if ":" in host:
        values = ("never",) if host.strip("[]") == "::1" else ("never", "[::1] only")
        return _Form("ipv6_literal", values, "an IPv6 address", "it never connects to one", "a name of that address")
    if host.endswith("."):
        why = "it compares the certificate's name with the dot"
        return _Form("trailing_dot", ("fails",), "a dot at its end", why, f"host: {host.rstrip('.')}")
    return None


def _told(one: Desired) -> bool:
    return any(limit.field == "host" and limit.severity is Severity.ERROR for limit in one.limits)


def _of(one: Desired, form: _Form, landscape: Landscape) -> Iterator[Finding]:
    from reconciler.smtp.clients.client import load  # few names need it

    target = landscape.by_unit[one.address.unit]
    named = guard.answer_or_finding(one.address.unit, lambda: guard.platform(one.kind).client(target.connection))
    if not isinstance(named, str):
        return
    client = load(named)
    if client.said.get(form.fact) not in form.values:
        yield from _of_older(one, form, client)
        return
    unverified = form.fact in client.guesses
    unsure = " (UNVERIFIED)" if unverified else ""
    yield Finding(
        severity=Severity.WARNING if unverified else Severity.ERROR,
        rule="host-form",
        address=str(one.address),
        field="host",
        where=one.place("host"),
        what=f"host: {one.settings['host']}: {client.title} cannot use {form.what}{unsure}",
        why=form.why,
        fix=form.fix,
    )


def _of_older(one: Desired, form: _Form, client: Client) -> Iterator[Finding]:
    """The version of an application is not declared: one that cannot is a warning, with the version that can."""
    fact = client.facts.get(form.fact)
    older = next((other for other in fact.other_versions if other.value in form.values), None) if fact else None
    if fact is None or older is None:
        return
    yield Finding(
        severity=Severity.WARNING,
        rule="host-form",
        address=str(one.address),
        field="host",
        where=one.place("host"),
        what=f"host: {one.settings['host']}: {client.title} with {older.versions} cannot use {form.what}",
        why=form.why,
        fix=f"{form.fix}, or {fact.verified or fact.versions}",
    )
