"""Which mail server Odoo takes, and as whom it sends through it: as its own code decides, from the files alone."""

from __future__ import annotations

from typing import Any

import pytest
from support.openspp_site import address

from reconciler.model.address import Resource
from reconciler.model.settings import Desired
from reconciler.model.source import Position
from reconciler.platforms import openspp
from reconciler.platforms.openspp import sending

HERE = Position(file="openspp.yaml", line=1, column=1)


def declared(collection: str, key: str, **said: Any) -> Desired:
    resource = Resource(collection=collection, key=key)
    settings = openspp.normalised(resource, said, {})
    return Desired(
        address=address(resource),
        kind="openspp",
        installation="odoo:x",
        settings=settings,
        handshake={},
        origin={},
        position=HERE,
    )


def server(key: str, priority: int = 10, *filters: str, **more: Any) -> Desired:
    return declared("mail_servers", key, priority=priority, from_filter=filters or None, **more)


def domain(name: str, *companies: str, **said: Any) -> Desired:
    return declared("alias_domains", name, companies=companies, **said)


ORG = domain("example.org", "My Company", default_from="no-reply")
COM = domain("example.com", "Another", bounce_alias="returns", default_from="hello@elsewhere.example.net")


# --- the envelope senders


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), ("bounce@example.org", "no-reply@example.org", "returns@example.com", "hello@elsewhere.example.net")),
        (("example.org",), ("bounce@example.org", "no-reply@example.org")),
        (("no-reply@example.org",), ("no-reply@example.org",)),
        (("BOUNCE@example.org",), ("bounce@example.org",)),
        (("elsewhere.example.net",), ("hello@elsewhere.example.net",)),
        (("example.net",), ()),
    ],
    ids=["any", "domain", "default-from", "bounce", "other-domain", "none"],
)
def test_a_filter_lets_bounce_addresses_and_default_senders_through(
    filters: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    main = server("main", 10, *filters)
    assert sending.senders(main, [main, ORG, COM]) == expected


def test_what_another_filter_takes_does_not_come_here() -> None:
    main, org = server("main"), server("org", 20, "example.org")
    assert sending.senders(main, [main, org, ORG, COM]) == ("returns@example.com", "hello@elsewhere.example.net")
    assert sending.senders(org, [main, org, ORG, COM]) == ("bounce@example.org", "no-reply@example.org")


def test_one_that_is_out_of_use_sends_nothing() -> None:
    idle = server("main", active=False)
    assert sending.senders(idle, [idle, ORG]) == ()


def test_a_domain_of_no_company_sends_nothing() -> None:
    main = server("main")
    assert sending.senders(main, [main, domain("example.org")]) == ()


def test_a_domain_without_a_default_sender_has_its_bounce_address() -> None:
    main = server("main")
    assert sending.senders(main, [main, domain("example.org", "X", default_from=None)]) == ("bounce@example.org",)


# --- the route

BY_ADDRESS, BY_DOMAIN = server("address", 30, "info@example.org"), server("domain", 20, "example.org")
BARE, DEFAULT = server("bare", 1), server("default", 40, "no-reply@example.org")


def key(route: Any) -> str | None:
    return None if route.taken is None else route.taken.resource.key


@pytest.mark.parametrize(
    ("author", "servers", "taken", "shown", "envelope"),
    [
        ("Info@Example.org", [BARE, BY_DOMAIN, BY_ADDRESS], "address", "info@example.org", "info@example.org"),
        ("me@example.org", [BARE, BY_DOMAIN, BY_ADDRESS], "domain", "me@example.org", "bounce@example.org"),
        ("me@gmail.com", [BARE, BY_DOMAIN], "domain", "no-reply@example.org", "bounce@example.org"),
        ("me@gmail.com", [BARE, DEFAULT], "default", "no-reply@example.org", "no-reply@example.org"),
        ("me@gmail.com", [BARE, BY_ADDRESS], "bare", "no-reply@example.org", "bounce@example.org"),
        ("me@gmail.com", [BY_ADDRESS], "address", "no-reply@example.org", "no-reply@example.org"),
    ],
    ids=["address", "domain", "default's domain", "default", "without a filter", "the first of all"],
)
def test_the_steps_are_those_of_odoo(
    author: str, servers: list[Desired], taken: str, shown: str, envelope: str
) -> None:
    found = sending.route(author, "My Company", [*servers, ORG, COM])
    assert (key(found), found.author, found.sender) == (taken, shown, envelope)


def test_the_lowest_priority_is_looked_at_first() -> None:
    found = sending.route("me@example.org", None, [server("late", 9), server("early", 2), ORG])
    assert key(found) == "early"
    assert found.steps[-1] == "the first without a from_filter: mail_servers[early] (priority 2)"


def test_without_a_company_several_domains_leave_it_open() -> None:
    found = sending.route("me@gmail.com", None, [BARE, ORG, COM])
    assert (key(found), found.sender) == ("bare", None)
    assert "several email domains are declared: --company says which one applies" in found.steps


def test_an_unknown_company_is_told() -> None:
    found = sending.route("me@gmail.com", "Nowhere", [BARE, ORG, COM])
    assert found.taken is None
    assert found.steps == ("no alias_domains here names the company Nowhere; known: Another, My Company",)


def test_without_a_server_in_use_odoo_conf_decides() -> None:
    assert sending.route("me@example.org", None, [server("main", active=False)]).taken is None
