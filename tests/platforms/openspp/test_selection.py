"""Which mail server Odoo would take, told from its rules: few findings, each for a reason. Pure, but for the last."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from support import openspp_site
from support.openspp_site import Lab, change, create

from reconciler.model.change import Action
from reconciler.platforms.openspp.selection import Candidate, surprises

odoo = openspp_site.odoo


def server(record: int, key: str | None, priority: int = 10, *filters: str, pinned: bool = False) -> Candidate:
    return Candidate(id=record, name=f"n{record}", key=key, priority=priority, filters=filters, pinned=pinned)


def told(servers: Sequence[Candidate], *senders: str) -> list[str]:
    ordered = sorted(servers, key=lambda one: (one.priority, one.id))
    return [f"{one.rule}: {one.what}" for one in surprises(ordered, senders)]


@pytest.mark.parametrize(
    "servers",
    [
        (),
        (server(1, "main"),),
        (server(1, "main"), server(2, "news", 20, "news.example.com")),
        (server(1, "main", 10, "a.org"), server(2, "rest", 20), server(3, "b", 30, "b.org", "x@a.org")),
        (server(1, None), server(2, None)),  # nobody manages mail servers here
        (server(1, "main", 10), server(2, None, 20)),  # it comes behind ours, and is not our business
        (server(1, "main", 10, "a.org"), server(2, "rest", 20), server(3, None, 30, "a.org")),
        (server(1, "main", 10), server(2, "bulk", 20, pinned=True)),
    ],
    ids=["none", "one", "filter", "filters", "unmanaged only", "unmanaged last", "same filter last", "pinned"],
)
def test_what_is_as_it_should_be_has_no_finding(servers: Sequence[Candidate]) -> None:
    assert told(servers) == []


def test_an_unmanaged_server_that_comes_first_is_told() -> None:
    assert told([server(1, None, 5), server(2, "main", 10)]) == [
        "unmanaged-wins: “n1” (id 1), which is not declared, comes before main"
    ]


def test_an_unmanaged_filter_beats_our_priority() -> None:
    assert told([server(1, "main", 5), server(2, None, 99, "a.org", "b.org")]) == [
        "unmanaged-wins: “n2” (id 2), which is not declared, takes the mail from a.org, b.org"
    ]


def test_an_unmanaged_address_takes_a_part_of_our_domain() -> None:
    found = told([server(1, "main", 5, "a.org"), server(2, "rest", 6), server(3, None, 99, "boss@a.org")])
    assert found == ["unmanaged-wins: “n3” (id 3), which is not declared, takes the mail from boss@a.org"]


def test_equal_priorities_are_told_once_and_only_where_they_matter() -> None:
    assert told([server(1, "main"), server(2, "other"), server(3, "news", 10, "news.org")]) == [
        "same-priority: main and other have the same priority, 10"
    ]


def test_an_unmanaged_twin_of_equal_priority_is_told_once() -> None:
    assert told([server(1, None), server(2, "main")]) == [
        "same-priority: “n1” (id 1) and main have the same priority, 10"
    ]


def test_ours_behind_ours_is_never_chosen() -> None:
    assert told([server(1, "main", 10), server(2, "spare", 20)]) == [
        "never-chosen: Odoo never selects spare by itself: main comes before it, and there is no failover"
    ]


def test_a_filter_that_others_cover_is_never_chosen() -> None:
    servers = [server(1, "a", 1, "a.org"), server(2, "b", 2, "b.org"), server(3, "both", 3, "a.org", "b.org")]
    assert [line.partition(":")[0] for line in told([*servers, server(4, "rest", 4)])] == ["never-chosen"]


def test_no_server_without_a_filter_is_told() -> None:
    servers = [server(1, "a", 1, "a.org"), server(2, "b", 2, "b.org")]
    assert told(servers) == [
        "no-unfiltered-server: every active mail server has a from_filter; mail from any other address goes through a"
    ]
    assert told(servers, "no-reply@b.org") == []  # what has no server of its own is sent from there
    assert told(servers, "no-reply@c.org") != []


def rules(lab: Lab) -> set[str]:
    return {finding.rule for finding in lab.read().findings}


def test_what_an_odoo_holds_is_judged(odoo: Lab) -> None:
    create(odoo, from_filter=None)
    assert rules(odoo) == set()
    record = odoo.add(name="by hand", smtp_host="h", sequence=1)
    assert rules(odoo) == {"unmanaged-wins"}
    odoo.hand("ir.mail_server", "write", ids=[record], vals={"active": False})
    assert rules(odoo) == set()


def test_personal_servers_are_told_unless_they_are_off(odoo: Lab) -> None:
    create(odoo, from_filter=None)
    odoo.add(name="mine", from_filter="me@example.com", sequence=1, owner_user_id=2)
    assert rules(odoo) == {"personal-mail-servers"}
    odoo.apply(change(Action.UPDATE, {"personal_mail_servers": False}, key=openspp_site.PARAMETERS))
    assert rules(odoo) == set()


def test_a_domain_that_catches_the_rest_is_seen(odoo: Lab) -> None:
    create(odoo)  # filters example.com and one address
    assert rules(odoo) == {"no-unfiltered-server"}
    odoo.apply(change(Action.CREATE, {"default_from": "no-reply"}, key=openspp_site.domain("example.com")))
    assert rules(odoo) == set()


@pytest.mark.parametrize("odoo", [{"neutralized": True}], indirect=True)
def test_a_neutralized_copy_can_be_armed_on_purpose(odoo: Lab) -> None:
    assert rules(odoo) == {"neutralized"}
    assert odoo.read().strangers == ()  # what Odoo put there to keep it quiet is nobody's to prune
    odoo.connection["allow_neutralized"] = True
    record = create(odoo, from_filter=None)
    assert odoo.row(record, "active")["active"] is True
    assert "neutralized" in rules(odoo)
    assert len(odoo.read().strangers) == 1


@pytest.mark.parametrize("odoo", [{"neutralized": True}], indirect=True)
def test_a_neutralized_copy_forbids_to_activate_what_is_archived(odoo: Lab) -> None:
    create(odoo, active=False)
    assert [finding.field for finding in odoo.live().findings if finding.rule == "neutralized"] == ["active"]
    odoo.connection["allow_neutralized"] = True
    assert "neutralized" not in {finding.rule for finding in odoo.live().findings}
