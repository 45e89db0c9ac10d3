"""The blue/green switch: mail goes on through the old server until Odoo has tested the new one."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from lab.servers.odoo.smtp_peers import PASSWORD, USER, Peers
from support import openspp_site
from support.openspp_site import MAIL_PASSWORD, MODEL, PARAMETERS, Lab, Secrets, change, resource

from reconciler.errors import PlatformDenied, PlatformError, PlatformRefused
from reconciler.model.change import Action
from reconciler.model.handshake import Status
from reconciler.model.settings import Value
from reconciler.platforms import openspp
from reconciler.platforms.openspp import rpc

lab, odoo = openspp_site.lab, openspp_site.odoo


@pytest.fixture(scope="session")
def peers() -> Iterator[Peers]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with Peers(context) as running:
        yield running


def relay(peers: Peers, number: int) -> dict[str, Value]:
    return {"host": "127.0.0.1", "port": peers.port(number)}


def old_and_new(lab: Lab, peers: Peers, new: int = 10026) -> tuple[int, dict[str, Value]]:
    """A server in use that is to move to the relay `new` (10026 wants the login that the old one has)."""
    if "127.0.0.1" not in lab.connection["url"]:
        pytest.skip("the server under test cannot reach the relays of this test")
    lab.secrets = Secrets({**lab.secrets.values, MAIL_PASSWORD.path: PASSWORD})
    lab.connection["switch"] = "in_place"
    login = {"auth": "basic", "username": USER, "password": MAIL_PASSWORD, "from_filter": ("a@example.org",)}
    wanted = openspp.normalised(resource("main"), {**relay(peers, 10025), **login}, {})
    lab.apply(change(Action.CREATE, wanted))
    lab.connection["switch"] = "blue_green"
    return int(lab.live().id or 0), relay(peers, new)


def rows(lab: Lab) -> dict[int, Any]:
    domain = [["active", "in", [True, False]]]
    found = lab.hand(MODEL, "search_read", domain=domain, fields=["name", "active", "smtp_port", "smtp_pass"])
    return {row["id"]: row for row in found}


def test_a_passing_copy_takes_over(lab: Lab, peers: Peers) -> None:
    old, new = old_and_new(lab, peers)
    writer = lab.writer()
    writer.write(change(Action.UPDATE, {"port": new["port"]}, record=old))
    live, found = lab.live(), rows(lab)
    assert live.id != old
    assert (found[live.id]["name"], found[live.id]["active"], found[live.id]["smtp_port"]) == (
        "main",
        True,
        new["port"],
    )
    assert found[live.id]["smtp_pass"] == PASSWORD  # copied by Odoo
    assert (found[old]["active"], found[old]["name"]) == (False, f"main (replaced by id {live.id})")
    proven = writer.test(resource("main"))
    assert proven is not None
    assert proven.status is Status.PASS
    assert not [finding for finding in lab.read().findings if finding.rule == "switch-leftover"]


def test_a_failing_copy_is_removed_and_the_old_one_stays(lab: Lab, peers: Peers) -> None:
    old, new = old_and_new(lab, peers, new=10029)
    before = rows(lab)
    with pytest.raises(PlatformRefused, match="not switched: the new one failed Odoo's own test") as caught:
        lab.apply(change(Action.UPDATE, {**new, "auth": "none"}, record=old))
    assert f"the old one (id {old}) is still in use, unchanged; the new one was removed" in str(caught.value.why)
    assert rows(lab) == before
    assert lab.live().id == old
    assert lab.live().marker is not None


def test_a_new_server_is_tested_before_it_is_used(lab: Lab, peers: Peers) -> None:
    _, new = old_and_new(lab, peers, new=10029)
    before = rows(lab)
    with pytest.raises(PlatformRefused, match="not switched"):
        lab.apply(change(Action.CREATE, openspp.normalised(resource("bulk"), new, {}), key="bulk"))
    assert rows(lab) == before
    good = openspp.normalised(resource("bulk"), {**relay(peers, 10025), "from_filter": ("a@example.org",)}, {})
    lab.apply(change(Action.CREATE, good, key="bulk"))
    assert lab.live("bulk").settings["active"] is True


def test_only_the_way_of_the_mail_is_switched(lab: Lab, peers: Peers) -> None:
    old, _ = old_and_new(lab, peers)
    lab.apply(change(Action.UPDATE, {"priority": 3, "from_filter": None}, record=old))
    assert lab.live().id == old


def test_never_is_there_no_active_server(odoo: Lab, peers: Peers) -> None:
    old, new = old_and_new(odoo, peers)
    writer, seen = odoo.writer(), []
    inner = writer.odoo

    class Watched:
        version = inner.version

        def call(self, model: str, method: str, **values: Any) -> Any:
            try:
                return inner.call(model, method, **values)
            finally:
                seen.append(sum(row["active"] for row in odoo.standin.records(MODEL)))  # type: ignore[union-attr]

        def close(self) -> None: ...

    writer._odoo = Watched()
    writer.write(change(Action.UPDATE, new, record=old))
    inner.close()
    assert min(seen) == 1
    assert seen[-1] == 1


def test_mailings_follow_the_switch(odoo: Lab, peers: Peers) -> None:
    old, new = old_and_new(odoo, peers)
    odoo.apply(change(Action.UPDATE, {"mass_mailing_server": "main"}, key=PARAMETERS))
    odoo.apply(change(Action.UPDATE, new, record=old))
    assert odoo.live(PARAMETERS).settings["mass_mailing_server"] == "main"
    assert odoo.live().id != old


def test_an_adopted_server_is_switched_too(odoo: Lab, peers: Peers) -> None:
    _, new = old_and_new(odoo, peers, new=10025)
    hand = odoo.add(name="by hand", smtp_host="127.0.0.1", smtp_port=peers.port(10025), from_filter="a@example.org")
    odoo.apply(change(Action.ADOPT, {**new, "name": "bulk"}, key="bulk", record=hand))
    live = odoo.live("bulk")
    assert live.id != hand
    assert rows(odoo)[hand]["active"] is False


def test_a_server_that_templates_name_is_not_switched(odoo: Lab, peers: Peers) -> None:
    old, new = old_and_new(odoo, peers)
    assert odoo.standin is not None
    odoo.standin.add("mail.template", name="Welcome", mail_server_id=old)
    with pytest.raises(PlatformRefused, match=r"template Welcome \(id 8\) names this mail server"):
        odoo.apply(change(Action.UPDATE, new, record=old))
    assert len(rows(odoo)) == 1


def test_a_consent_cannot_be_copied(odoo: Lab, peers: Peers) -> None:
    old, _ = old_and_new(odoo, peers)
    values = {"smtp_authentication": "gmail", "smtp_pass": False, "smtp_encryption": "starttls"}
    odoo.hand(MODEL, "write", ids=[old], vals=values)
    with pytest.raises(PlatformRefused, match="consent"):
        odoo.apply(change(Action.UPDATE, {"port": 2525}, record=old))


def test_what_a_broken_switch_left_is_told_and_removed(odoo: Lab, peers: Peers) -> None:
    old, new = old_and_new(odoo, peers)
    odoo.standin.fail_next(1, "dropped", method="test_smtp_connection")  # type: ignore[union-attr]
    real = rpc.Json2.call

    class Broken(rpc.Json2):
        def call(self, model: str, method: str, **values: Any) -> Any:
            if method == "unlink":
                raise PlatformDenied("gone")
            return real(self, model, method, **values)

    writer = odoo.writer()
    writer.odoo.__class__ = Broken
    with pytest.raises(PlatformError):
        writer.write(change(Action.UPDATE, new, record=old))
    reading = odoo.read()
    [left] = [finding for finding in reading.findings if finding.rule == "switch-leftover"]
    assert "a switch of main was interrupted" in left.what
    assert reading.strangers == ()  # never pruned or adopted
    odoo.apply(change(Action.UPDATE, new, record=old))
    assert len(rows(odoo)) == 2
    assert not [finding for finding in odoo.read().findings if finding.rule == "switch-leftover"]


def test_a_mark_goes_back_when_the_copy_cannot_be_activated(odoo: Lab, peers: Peers) -> None:
    old, new = old_and_new(odoo, peers)
    real = rpc.Json2.call

    class Broken(rpc.Json2):
        def call(self, model: str, method: str, **values: Any) -> Any:
            if values.get("vals") == {"active": True}:
                raise PlatformDenied("no")
            return real(self, model, method, **values)

    writer = odoo.writer()
    writer.odoo.__class__ = Broken
    with pytest.raises(PlatformDenied):
        writer.write(change(Action.UPDATE, new, record=old))
    assert odoo.live().id == old
    assert rows(odoo)[old]["active"] is True


def test_the_plan_says_that_it_will_switch() -> None:
    on, off = {"switch": "blue_green"}, {}
    moved, renamed = change(Action.UPDATE, {"host": "new"}), change(Action.UPDATE, {"name": "new"})
    stopped, gone = change(Action.UPDATE, {"host": "new", "active": False}), change(Action.ARCHIVE)
    told = [[finding.rule for finding in openspp.remarks(one, on)] for one in (moved, renamed, stopped, gone)]
    assert told == [["blue-green"], [], [], []]
    assert list(openspp.remarks(moved, off)) == []
