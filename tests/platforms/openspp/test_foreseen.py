"""What Odoo would refuse is told before anything is written; what it refuses all the same is put back."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from lab.servers.odoo.smtp_peers import PASSWORD, USER, Peers
from support import openspp_site
from support.openspp_site import (
    MAIL_PASSWORD,
    MODEL,
    PARAMETERS,
    WANTED,
    Lab,
    Secrets,
    change,
    create,
    domain,
    planned,
)

from reconciler.errors import PlatformRefused
from reconciler.model.change import Action, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Value
from reconciler.platforms import openspp

odoo = openspp_site.odoo
MAILINGS = pytest.mark.parametrize("odoo", [{"mailings": True}], indirect=True)
NEWS = {"subject": "News", "mailing_type": "mail"}


@pytest.fixture(scope="module")
def peers() -> Iterator[Peers]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with Peers(context) as running:
        yield running


def refused(lab: Lab, *changes: Change) -> list[Finding]:
    return list(openspp.PLATFORM.refusals(changes, lab.read()) if openspp.PLATFORM.refusals else ())


def by_hand(lab: Lab, model: str, **values: Any) -> int:
    assert lab.standin is not None
    return lab.standin.add(model, **values)


def archive(record: int, key: str = "main") -> Change:
    return change(Action.ARCHIVE, key=key, record=record)


# --- templates and mailings that name a mail server


@MAILINGS
def test_a_server_that_templates_and_mailings_name_is_not_planned_to_be_archived(odoo: Lab) -> None:
    record = create(odoo)
    odoo.add(name="another", smtp_host="another.example.com")
    by_hand(odoo, "mail.template", name="Welcome", mail_server_id=record)
    mailing = by_hand(odoo, "mailing.mailing", mail_server_id=record, **NEWS)
    [finding] = refused(odoo, archive(record))
    assert (finding.rule, finding.severity) == ("named-elsewhere", Severity.ERROR)
    assert finding.what == f"template Welcome (id 8), mailing News (id {mailing}) name this mail server"
    assert not refused(odoo, change(Action.UPDATE, {"port": 2525}, record=record))  # in place it stays in use


@MAILINGS
def test_a_switch_of_it_is_blocked_too(odoo: Lab) -> None:
    record = create(odoo)
    odoo.connection["switch"] = "blue_green"
    by_hand(odoo, "mailing.mailing", mail_server_id=record, **NEWS)
    moves = change(Action.UPDATE, {"port": 2525}, record=record)
    assert [one.rule for one in refused(odoo, moves)] == ["named-elsewhere"]
    with pytest.raises(PlatformRefused, match="mailing News"):  # where it was made since the plan
        odoo.apply(moves)
    assert len(odoo.hand(MODEL, "search", domain=[["active", "in", [True, False]]])) == 1


@MAILINGS
def test_a_mailing_that_was_sent_keeps_nothing_in_use(odoo: Lab) -> None:
    record = create(odoo)
    odoo.add(name="another", smtp_host="another.example.com")
    by_hand(odoo, "mailing.mailing", mail_server_id=record, state="done", **NEWS)
    assert not refused(odoo, archive(record))


@MAILINGS
def test_the_default_of_mailings_stays_in_use_until_there_is_another(odoo: Lab) -> None:
    record = create(odoo)
    create(odoo, "bulk", priority=30)
    odoo.apply(change(Action.UPDATE, {"mass_mailing_server": "main"}, key=PARAMETERS))
    assert [one.rule for one in refused(odoo, archive(record))] == ["named-by-mailings"]
    elsewhere = change(Action.UPDATE, {"mass_mailing_server": "bulk"}, key=PARAMETERS)
    assert not refused(odoo, elsewhere, archive(record))


@pytest.mark.parametrize("odoo", [{"mailings": True, "version": version} for version in (17, 19)], indirect=True)
def test_a_switch_that_odoo_stops_halfway_leaves_the_old_one_in_use(odoo: Lab, peers: Peers) -> None:
    """A mailing that names the old one appears between the look and the write."""
    odoo.secrets = Secrets({**odoo.secrets.values, MAIL_PASSWORD.path: PASSWORD})
    here: dict[str, Value] = {"host": "127.0.0.1", "port": peers.port(10025), "encryption": "none"}
    login: dict[str, Value] = {"username": USER, "from_filter": ("a@example.org",)}
    old = create(odoo, **here, **login)
    odoo.apply(change(Action.UPDATE, {"mass_mailing_server": "main"}, key=PARAMETERS))
    odoo.connection["switch"] = "blue_green"
    writer = odoo.writer()
    inner = writer.odoo

    class Meanwhile:
        version = inner.version

        def call(self, model: str, method: str, **values: Any) -> Any:
            if method == "test_smtp_connection":
                by_hand(odoo, "mailing.mailing", mail_server_id=old, **NEWS)
            return inner.call(model, method, **values)

        def close(self) -> None: ...

    writer._odoo = Meanwhile()
    with pytest.raises(PlatformRefused, match="Mass Mailing"):
        writer.write(change(Action.UPDATE, {"port": peers.port(10026)}, record=old))
    active = odoo.hand(MODEL, "search_read", domain=[["active", "=", True]], fields=["name"])
    assert active == [{"id": old, "name": "main"}]
    assert odoo.live().id == old
    assert odoo.live(PARAMETERS).settings["mass_mailing_server"] == "main"


# --- companies, copies of production


def test_a_company_that_odoo_does_not_have_is_not_planned(odoo: Lab) -> None:
    wanted = change(Action.CREATE, {"companies": ("My Company", "Nowhere Ltd")}, key=domain())
    [finding] = refused(odoo, wanted)
    assert (finding.rule, finding.field, finding.what) == (
        "unknown-company",
        "companies",
        "companies: Odoo has no Nowhere Ltd",
    )
    assert finding.why == "the connection's user sees: My Company"
    assert not refused(odoo, change(Action.CREATE, {"companies": ("My Company",)}, key=domain()))


@pytest.mark.parametrize("odoo", [{"neutralized": True}], indirect=True)
def test_nothing_is_planned_to_be_created_in_use_in_a_neutralized_copy(odoo: Lab) -> None:
    wanted = planned(odoo.read(), WANTED)
    assert wanted is not None
    assert [one.rule for one in refused(odoo, wanted)] == ["neutralized"]
    out_of_use = planned(odoo.read(), {**WANTED, "active": False})
    assert out_of_use is not None
    assert not refused(odoo, out_of_use)
    odoo.connection["allow_neutralized"] = True
    assert not refused(odoo, wanted)


# --- the first mail server of all


def test_the_first_server_goes_out_of_use_again_where_its_test_failed(odoo: Lab) -> None:
    """Before, mail went through odoo.conf, and it does again: the last one is kept from others only."""
    writer = odoo.writer()
    wanted = planned(odoo.read(), WANTED)
    assert wanted is not None
    writer.write(wanted)
    record = int(odoo.live().id or 0)
    writer.write(archive(record))
    assert odoo.live().archived
    writer.write(change(Action.UPDATE, {"active": True}, record=record))
    writer.write(archive(record))
    assert odoo.live().archived
    odoo.apply(change(Action.UPDATE, {"active": True}, record=record))
    with pytest.raises(PlatformRefused, match="last active mail server"):
        odoo.writer().write(archive(record))  # another run's


# --- the module mail_environment


SECTIONS = {"outgoing_mail.main": {"smtp_pass": "from-the-file", "smtp_user": "relay"}}


@pytest.mark.parametrize("odoo", [{"version": 18, "mail_environment": SECTIONS}], indirect=True)
def test_what_mail_environment_loses_of_a_create_is_written_again(odoo: Lab) -> None:
    record = create(odoo, "elsewhere")
    assert odoo.row(record, "smtp_port", "smtp_encryption")["smtp_port"] == 587
    assert planned(odoo.read(), WANTED, "elsewhere", written=True) is None


@pytest.mark.parametrize("odoo", [{"version": 18, "mail_environment": SECTIONS}], indirect=True)
def test_a_password_that_the_file_decides_is_noted_and_left_alone(odoo: Lab) -> None:
    record = odoo.add(name="main", smtp_host="smtp.example.com")
    odoo.apply(change(Action.ADOPT, {"port": 587}, record=record))
    [finding] = [one for one in odoo.live().findings if one.field == "password"]
    assert finding.severity is Severity.NOTE
    odoo.apply(change(Action.UPDATE, {"password": MAIL_PASSWORD, "priority": 3}, record=record))
    assert odoo.live().settings["priority"] == 3
    with pytest.raises(PlatformRefused, match="sets smtp_user"):
        odoo.apply(change(Action.UPDATE, {"username": "another"}, record=record))
