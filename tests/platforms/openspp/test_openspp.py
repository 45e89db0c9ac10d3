"""OpenSPP's mail servers: the same behaviour on the stand-in of Odoo 17, 18, 19 and on a real server.

A real server is named by ODOO_URL, ODOO_DB, ODOO_USER and ODOO_PASSWORD or ODOO_API_KEY; `pytest -m live` runs only
that. It should hold no active mail servers of its own, and what a test makes there is removed. An API key cannot be
made over RPC; in `odoo shell -d DB`:

    from datetime import datetime, timedelta
    admin = env.ref("base.user_admin")
    print(env["res.users.apikeys"].with_user(admin)._generate("rpc", "test", datetime.now() + timedelta(days=1)))
    env.cr.commit()
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from lab.servers.odoo import OdooStandIn, User
from lab.servers.odoo.smtp_peers import PASSWORD, USER, Peers
from support import openspp_site
from support.openspp_site import (
    MAIL_PASSWORD,
    MODEL,
    SECRET,
    WANTED,
    Lab,
    Secrets,
    address,
    change,
    create,
    planned,
    resource,
    standin,
    standin_lab,
)

from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
    PlatformUnreachable,
)
from reconciler.model.change import Action, Change
from reconciler.model.finding import Severity
from reconciler.model.handshake import Status
from reconciler.model.settings import Absent, Adopt, Desired, Origin, Present, Value
from reconciler.model.source import Position
from reconciler.platforms import openspp
from reconciler.platforms.openspp import rpc, version

lab, odoo = openspp_site.lab, openspp_site.odoo


# --- the same on the stand-in and on a real server


def test_converges_from_empty(lab: Lab) -> None:
    record = create(lab)
    assert planned(lab.read(), WANTED, written=True) is None
    found = lab.row(record, "name", "smtp_host", "smtp_encryption", "smtp_authentication", "smtp_pass", "from_filter")
    assert found == {
        "id": record,
        "name": "main",
        "smtp_host": "smtp.example.com",
        "smtp_encryption": "starttls_strict" if lab.strict else "starttls",
        "smtp_authentication": "login",
        "smtp_pass": SECRET,
        "from_filter": "example.com,Info@example.org",
    }


def test_converges_from_a_changed_state(lab: Lab) -> None:
    record = create(lab)
    changed = {"smtp_host": "OLD", "smtp_port": 25, "smtp_encryption": "ssl", "smtp_user": False, "active": False}
    lab.hand(MODEL, "write", ids=[record], vals={**changed, "from_filter": " b.c , a.b"})
    todo = planned(lab.read(), WANTED, written=True)
    assert todo is not None
    assert {part.field for part in todo.fields} == {
        *("host", "port", "encryption", "auth", "username", "active", "from_filter")
    }
    lab.apply(todo)
    assert planned(lab.read(), WANTED, written=True) is None


def test_unmanaged_fields_survive(lab: Lab) -> None:
    record = create(lab)
    lab.hand(MODEL, "write", ids=[record], vals={"smtp_debug": True})
    lab.apply(change(Action.UPDATE, {"port": 2525}, record=record))
    assert lab.row(record, "smtp_debug", "smtp_pass", "smtp_port") == {
        "id": record,
        "smtp_debug": True,
        "smtp_pass": SECRET,
        "smtp_port": 2525,
    }


@pytest.mark.parametrize("nothing", [False, ""], ids=["False", "empty"])
def test_nothing_is_none_however_odoo_says_it(nothing: Any, lab: Lab) -> None:
    record = create(lab)
    lab.hand(MODEL, "write", ids=[record], vals=dict.fromkeys(("smtp_host", "smtp_user", "from_filter"), nothing))
    found = lab.live().settings
    assert [found[name] for name in ("host", "username", "from_filter", "auth")] == [None, None, None, "none"]


def test_auth_none_forgets_the_login(lab: Lab) -> None:
    record = create(lab)
    lab.apply(change(Action.UPDATE, {"auth": "none"}, record=record))
    assert not any(lab.row(record, "smtp_user", "smtp_pass")[name] for name in ("smtp_user", "smtp_pass"))
    assert lab.live().settings["auth"] == "none"


def test_the_plain_variants_of_19_are_a_difference(lab: Lab) -> None:
    record = create(lab)
    lab.hand(MODEL, "write", ids=[record], vals={"smtp_encryption": "starttls"})
    live = lab.live()
    rules = {finding.rule for finding in live.findings}
    if lab.strict:
        assert (live.settings["encryption"], rules) == ("starttls, certificate not verified", set())
    else:
        assert live.settings["encryption"] == "starttls"
        assert "certificate-not-verified" in rules


def test_a_restore_can_put_the_plain_variant_back(lab: Lab) -> None:
    record = create(lab)
    lab.hand(MODEL, "write", ids=[record], vals={"smtp_encryption": "ssl"})
    before = lab.live().settings["encryption"]
    lab.apply(change(Action.UPDATE, {"encryption": "none"}, record=record))
    lab.apply(change(Action.UPDATE, {"encryption": before}, record=record))
    assert lab.row(record, "smtp_encryption")["smtp_encryption"] == "ssl"


def test_the_marker_moves_with_a_change(lab: Lab) -> None:
    record = create(lab)
    before = lab.live().marker
    assert before == lab.live().marker
    if lab.standin is None:
        pytest.skip("a real server's marker has whole seconds; waiting for one proves nothing more")
    lab.hand(MODEL, "write", ids=[record], vals={"smtp_pass": "other"})
    assert lab.live().marker != before


def test_a_record_without_our_mark_is_a_stranger(lab: Lab) -> None:
    record = lab.add(name="by hand", smtp_host="h")
    reading = lab.read()
    assert isinstance(reading.live(resource("by hand")), Absent)
    [found] = [stranger for stranger in reading.strangers if stranger.id == record]
    assert (found.name, found.live.mark, found.live.settings["host"]) == ("by hand", False, "h")


def test_names_may_be_shared(lab: Lab) -> None:
    records = {lab.add(name="twin"), lab.add(name="twin")}
    assert {found.id for found in lab.read().strangers if found.name == "twin"} == records


def test_adopt_marks_and_then_writes(lab: Lab) -> None:
    record = lab.add(name="by hand", smtp_host="h", smtp_port=2525)
    lab.apply(change(Action.ADOPT, {"host": "smtp.example.com"}, record=record))
    live = lab.live()
    assert (live.id, live.settings["host"], live.settings["port"]) == (record, "smtp.example.com", 2525)
    lab.apply(change(Action.ADOPT, {"host": "smtp.example.com"}, record=record))  # after a crash: once more
    assert lab.live().id == record


def test_adopt_refuses_what_another_resource_manages(lab: Lab) -> None:
    record = create(lab)
    with pytest.raises(PlatformRefused, match="managed as main"):
        lab.apply(change(Action.ADOPT, {}, key="other", record=record))


def test_a_refused_adoption_leaves_no_mark(lab: Lab) -> None:
    record = lab.add(name="by hand")
    with pytest.raises(PlatformRefused):
        lab.apply(change(Action.ADOPT, {"encryption": "frob"}, record=record))
    assert isinstance(lab.read().live(resource("main")), Absent)


def test_create_never_makes_a_second_one(lab: Lab) -> None:
    create(lab)
    before = len(lab.read().resources)
    with pytest.raises(PlatformRefused, match="already"):
        lab.apply(change(Action.CREATE, openspp.normalised(resource("main"), WANTED, {})))
    assert (len(lab.read().resources), lab.read().strangers) == (before, lab.read().strangers)


def test_a_mark_without_record_is_used_again(lab: Lab) -> None:
    record = create(lab)
    known = lab.hand("ir.model.data", "search_read", domain=[["module", "=", "reconciler"]], fields=["name", "model"])
    lab.hand(MODEL, "unlink", ids=[record])
    assert isinstance(lab.read().live(resource("main")), Absent)
    values = {"module": "reconciler", "model": MODEL, "name": known[0]["name"], "res_id": record}
    lab.hand("ir.model.data", "create", vals_list=[values])
    assert isinstance(lab.read().live(resource("main")), Absent)
    assert create(lab) != record


def test_moved_from_keeps_the_record(lab: Lab) -> None:
    record = create(lab, "old.name")
    lab.apply(change(Action.UPDATE, {"name": "new"}, key="new-name", old="old.name", record=record))
    reading = lab.read()
    assert isinstance(reading.live(resource("old.name")), Absent)
    live = reading.live(resource("new-name"))
    assert isinstance(live, Present)
    assert (live.id, live.settings["name"]) == (record, "new")


def test_archive_takes_it_out_of_use(lab: Lab) -> None:
    create(lab, "other")
    record = create(lab)
    assert lab.live().archived is False
    lab.apply(change(Action.ARCHIVE, record=record))
    assert (lab.live().settings["active"], lab.live().archived) == (False, True)
    lab.apply(change(Action.ARCHIVE, record=record))


@pytest.mark.parametrize("action", [change(Action.ARCHIVE), change(Action.UPDATE, {"active": False})])
def test_the_last_active_one_is_not_archived(action: Change, lab: Lab) -> None:
    create(lab)
    if lab.hand(MODEL, "search_count", domain=[["active", "=", True]]) > 1:
        pytest.skip("this server has active mail servers of its own")
    with pytest.raises(PlatformRefused, match="last active") as caught:
        lab.apply(action)
    assert "odoo.conf" in str(caught.value.why)
    assert lab.live().settings["active"] is True


def test_one_that_templates_use_is_not_archived(lab: Lab) -> None:
    create(lab, "other")
    record = create(lab)
    [model] = lab.hand("ir.model", "search", domain=[["model", "=", "res.partner"]])
    values = {"name": "Invoice by mail", "model_id": model, "mail_server_id": record}
    [template] = lab.hand("mail.template", "create", vals_list=[values])
    try:
        with pytest.raises(PlatformRefused, match="Invoice by mail"):
            lab.apply(change(Action.ARCHIVE, record=record))
        assert lab.live().settings["active"] is True
    finally:
        lab.hand("mail.template", "unlink", ids=[template])


@pytest.mark.parametrize("action", [Action.UPDATE, Action.ADOPT, Action.ARCHIVE])
def test_a_record_that_is_gone_is_an_error(action: Action, lab: Lab) -> None:
    with pytest.raises(PlatformMissing, match="no longer exists in Odoo"):
        lab.apply(change(action, {"port": 25}, record=99999))


def test_a_write_to_nothing_is_not_believed(lab: Lab) -> None:
    assert lab.hand(MODEL, "write", ids=[99999], vals={"name": "x"}) is True
    with pytest.raises(PlatformMissing, match="was removed while"):
        openspp.records.write(lab.writer().odoo, 99999, {"name": "x"})


def test_a_value_odoo_refuses_is_told(lab: Lab) -> None:
    record = create(lab)
    with pytest.raises(PlatformRefused, match="smtp_encryption"):
        lab.apply(change(Action.UPDATE, {"encryption": "frob"}, record=record))


def test_oauth2_is_set_up_as_far_as_it_goes(lab: Lab) -> None:
    wanted = {"host": "smtp.gmail.com", "port": 587, "encryption": "starttls", "auth": "oauth2", "username": "a@b.c"}
    if "gmail" not in str(lab.hand(MODEL, "fields_get", attributes=["selection"])["smtp_authentication"]):
        with pytest.raises(PlatformRefused, match="google_gmail"):
            lab.apply(change(Action.CREATE, openspp.normalised(resource("main"), wanted, {})))
        return
    lab.apply(change(Action.CREATE, openspp.normalised(resource("main"), wanted, {})))
    assert planned(lab.read(), wanted) is None
    assert "certificate-not-verified" in {finding.rule for finding in lab.live().findings}


def test_leaving_oauth2_verifies_again(lab: Lab) -> None:
    wanted = {"host": "smtp.gmail.com", "port": 587, "encryption": "starttls", "auth": "oauth2", "username": "a@b.c"}
    if "gmail" not in str(lab.hand(MODEL, "fields_get", attributes=["selection"])["smtp_authentication"]):
        pytest.skip("google_gmail is not installed")
    lab.apply(change(Action.CREATE, openspp.normalised(resource("main"), wanted, {})))
    lab.apply(change(Action.UPDATE, {"auth": "basic"}, record=int(lab.live().id or 0)))
    assert planned(lab.read(), {**wanted, "auth": "basic"}) is None


def test_a_copy_that_was_neutralized_activates_nothing(lab: Lab) -> None:
    record = create(lab, active=False)
    lab.set_parameter("database.is_neutralized", "true")
    try:
        assert "neutralized" in {finding.rule for finding in lab.read().findings}
        with pytest.raises(PlatformRefused, match="neutralized"):
            lab.apply(change(Action.UPDATE, {"active": True}, record=record))
    finally:
        lab.set_parameter("database.is_neutralized", False)
    lab.apply(change(Action.UPDATE, {"active": True}, record=record))


@pytest.fixture(scope="session")
def peers() -> Iterator[Peers]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with Peers(context) as running:
        yield running


@pytest.mark.parametrize(
    ("peer", "given", "status", "reason"),
    [
        (10026, {"auth": "basic", "username": USER, "password": MAIL_PASSWORD}, Status.PASS, "passed"),
        (10025, {"auth": "basic", "username": USER, "password": MAIL_PASSWORD}, Status.FAIL, "auth"),
        (10025, {}, Status.PASS, "passed"),
        (10025, {"encryption": "starttls"}, Status.FAIL, "tls"),
        (10028, {}, Status.FAIL, "sender"),
        (10029, {}, Status.FAIL, "relay"),
        (10030, {}, Status.INCONCLUSIVE, "protocol"),
        (10035, {"auth": "basic", "username": USER, "password": MAIL_PASSWORD}, Status.INCONCLUSIVE, "auth"),
        (10999, {}, Status.FAIL, "refused"),
    ],
)
def test_odoos_own_test_is_understood(
    peer: int, given: dict[str, Value], status: Status, reason: str, lab: Lab, peers: Peers
) -> None:
    if "127.0.0.1" not in lab.connection["url"]:
        pytest.skip("the server under test cannot reach the relays of this test")
    wanted = {"host": "127.0.0.1", "port": peers.port(peer), "from_filter": ("a@example.org",), **given}
    lab.secrets = Secrets({**lab.secrets.values, MAIL_PASSWORD.path: PASSWORD})
    lab.apply(change(Action.CREATE, openspp.normalised(resource("main"), wanted, {})))
    found = lab.writer().test(resource("main"))
    assert found is not None
    assert (found.status, found.checks[0].reason, found.checks[0].id) == (status, reason, "SMTP501")
    assert (found.host, found.port) == ("127.0.0.1", peers.port(peer))


def test_a_missing_resource_cannot_be_tested(lab: Lab) -> None:
    with pytest.raises(PlatformMissing, match="nobody"):
        lab.writer().test(resource("nobody"))


def test_a_wrong_secret_is_told_with_its_reference(lab: Lab) -> None:
    lab.secrets, right = Secrets({"ODOO": SECRET}), lab.secrets
    with pytest.raises(PlatformDenied) as caught:
        lab.read()
    lab.secrets = right
    assert "env ODOO" in str(caught.value.fix)
    assert SECRET not in f"{caught.value!r} {caught.value.why} {caught.value.fix}"


# --- what only the stand-in can show


def counted(lab: Lab) -> OdooStandIn:
    assert lab.standin is not None
    lab.standin.forget_calls()
    return lab.standin


@pytest.mark.parametrize("odoo", [{"version": 17}, {"version": 19}], indirect=True)
def test_reading_writes_nothing_and_takes_few_calls(odoo: Lab) -> None:
    create(odoo)
    server = counted(odoo)
    odoo.read()
    assert server.writes == 0
    assert len(server.calls) <= 8


def test_applying_twice_writes_once(odoo: Lab) -> None:
    create(odoo)
    server = counted(odoo)
    assert planned(odoo.read(), WANTED, written=True) is None
    assert server.writes == 0


def test_an_update_writes_only_what_changed(odoo: Lab) -> None:
    record = create(odoo)
    server = counted(odoo)
    odoo.apply(change(Action.UPDATE, {"port": 2525}, record=record))
    assert server.writes == 1


@pytest.mark.parametrize("kind", ["503html", "html500", "pool"])
def test_unreadable_is_not_absent(kind: Any, odoo: Lab) -> None:
    create(odoo)
    odoo.connection["timeout"] = 0.6
    counted(odoo).fail_next(99, kind, method="search_read")
    with pytest.raises(PlatformBusy):
        odoo.read()


def test_half_an_answer_is_not_absent(odoo: Lab) -> None:
    create(odoo)
    counted(odoo).fail_next(1, "truncated", method="search_read")
    with pytest.raises(PlatformAnswer):
        odoo.read()


def test_a_server_that_is_down_is_told() -> None:
    with OdooStandIn(17) as running:
        lab = standin_lab(running)
    with pytest.raises(PlatformUnreachable, match="connection refused"):
        lab.read()


def test_a_create_that_cannot_be_marked_is_archived_again(odoo: Lab) -> None:
    create(odoo, "other")
    real = rpc.Json2.call

    class Marking(rpc.Json2):
        def call(self, model: str, method: str, **values: Any) -> Any:
            if (model, method) == ("ir.model.data", "create"):
                raise PlatformDenied("not allowed")
            return real(self, model, method, **values)

    writer = odoo.writer()
    assert isinstance(writer.odoo, rpc.Json2)
    writer.odoo.__class__ = Marking
    with pytest.raises(PlatformDenied):
        writer.write(change(Action.CREATE, openspp.normalised(resource("main"), WANTED, {})))
    [left] = odoo.read().strangers
    assert (left.name, left.live.settings["active"]) == ("main", False)


def test_a_create_whose_answer_is_lost_is_not_repeated(odoo: Lab) -> None:
    odoo.read()
    counted(odoo).fail_next(1, "dropped", method="create")
    with pytest.raises(PlatformError):
        odoo.apply(change(Action.CREATE, openspp.normalised(resource("main"), WANTED, {})))
    assert [found.name for found in odoo.read().strangers] == ["main"]  # the next plan adopts it by its name


@pytest.mark.parametrize("group", ["plain", "erp_manager"])
@pytest.mark.parametrize("version", [17, 19])
def test_a_user_without_the_right_is_told(version: int, group: str) -> None:
    user = User(login="bot", password="bot-pw", group=group, api_key="bot-key")
    for lab in standin(version, users=[user]):
        lab.connection["username"], lab.secrets = "bot", Secrets({"ODOO": "bot-key"})
        with pytest.raises(PlatformDenied, match="may not change") as caught:
            lab.read()
        assert "base.group_system" in str(caught.value.fix)


def test_an_old_version_is_refused(monkeypatch: pytest.MonkeyPatch, odoo: Lab) -> None:
    monkeypatch.setattr(version, "asked", lambda _: version.Version(16, "16"))
    with pytest.raises(PlatformRefused, match="this is Odoo 16; supported: 17, 18, 19"):
        odoo.read()


def test_a_personal_mail_server_is_nobodys_business(odoo: Lab) -> None:
    record = odoo.add(name="mine", owner_user_id=2)
    assert odoo.read().strangers == ()
    with pytest.raises(PlatformRefused, match="belongs to one user"):
        odoo.apply(change(Action.ADOPT, {}, record=record))


@pytest.mark.parametrize("odoo", [{"neutralized": True}], indirect=True)
def test_a_neutralized_copy_stays_quiet(odoo: Lab) -> None:
    assert "neutralized" in {finding.rule for finding in odoo.read().findings}
    with pytest.raises(PlatformRefused, match="neutralized"):
        odoo.apply(change(Action.CREATE, openspp.normalised(resource("main"), WANTED, {})))
    record = create(odoo, active=False)
    with pytest.raises(PlatformRefused, match="neutralized"):
        odoo.apply(change(Action.UPDATE, {"active": True}, record=record))
    odoo.apply(change(Action.UPDATE, {"port": 25}, record=record))


def test_no_active_server_is_a_finding(odoo: Lab) -> None:
    assert "no-active-server" in {finding.rule for finding in odoo.read().findings}
    create(odoo, from_filter=None)
    assert odoo.read().findings == ()


MAIL_ENVIRONMENT = {"version": 17, "mail_environment": {"outgoing_mail.main": {"smtp_host": "fixed", "smtp_pass": "x"}}}


@pytest.mark.parametrize("odoo", [MAIL_ENVIRONMENT], indirect=True)
def test_what_the_configuration_file_sets_is_refused(odoo: Lab) -> None:
    record = odoo.add(name="main")
    odoo.apply(change(Action.ADOPT, {}, record=record))
    live = odoo.live()
    fixed = {finding.field for finding in live.findings if finding.rule == "mail-environment"}
    assert fixed == {"host", "password"}
    server = counted(odoo)
    with pytest.raises(PlatformRefused, match="smtp_host"):
        odoo.apply(change(Action.UPDATE, {"host": "other", "priority": 1}, record=record))
    assert server.writes == 0
    odoo.apply(change(Action.UPDATE, {"priority": 1}, record=record))
    assert odoo.live().settings["priority"] == 1


@pytest.mark.parametrize("odoo", [{"version": 17}], indirect=True)
def test_a_field_of_a_later_version_is_refused(odoo: Lab) -> None:
    with pytest.raises(PlatformRefused, match="Odoo 17 has no max_email_size"):
        odoo.apply(change(Action.CREATE, openspp.normalised(resource("main"), {**WANTED, "max_email_size": 20}, {})))


@pytest.mark.parametrize("odoo", [{"email": None}], indirect=True)
def test_a_user_without_address_is_advice_and_no_failure(odoo: Lab, peers: Peers) -> None:
    create(odoo, host="127.0.0.1", port=peers.port(10025), from_filter=None)
    found = odoo.writer().test(resource("main"))
    assert found is not None
    assert found.status is Status.WARN
    assert "email address" in str(found.checks[0].advice)


def test_plan_never_opens_or_asks_for_the_mail_password(odoo: Lab) -> None:
    create(odoo)
    reading = odoo.read()  # its Secrets refuse the mail password
    assert SECRET not in repr(reading)
    assert "password" in odoo.live().write_only
    assert "password" not in odoo.live().settings


# --- pure


def desired(**settings: Value) -> Desired:
    place = Position(file="environments/prod/openspp.yaml", line=9, column=3)
    return Desired(
        address=address("main"),
        kind="openspp",
        installation="odoo:x",
        settings=settings,
        handshake={},
        origin={name: Origin(position=place, through="here") for name in settings},
        position=place,
        adopt=Adopt(id=1),
    )


CONNECTION: dict[str, Any] = {"url": "https://odoo.example.com", "database": "prod"}
OAUTH2: dict[str, Value] = {"auth": "oauth2", "host": "smtp.office365.com", "username": "a@b.c"}


@pytest.mark.parametrize(
    ("settings", "rules"),
    [
        (dict(WANTED), set()),
        ({"auth": "basic"}, {"username-missing"}),
        ({"auth": "none", "username": "x"}, {"login-without-auth"}),
        ({"auth": "none", "username": None}, set()),
        (OAUTH2, {"needs-consent"}),
        ({**OAUTH2, "password": MAIL_PASSWORD}, {"needs-consent", "oauth2-password"}),
        ({**OAUTH2, "encryption": "tls"}, {"needs-consent", "oauth2-encryption"}),
        ({**OAUTH2, "host": "smtp.example.com"}, {"needs-consent", "oauth2-host"}),
        ({**OAUTH2, "host": "smtp.notgmail.com"}, {"needs-consent", "oauth2-host"}),
        ({"from_filter": ("a.b", " ")}, {"from-filter"}),
        ({"from_filter": ("a.b,c.d",)}, {"from-filter"}),
        *(
            ({"from_filter": (never,)}, {"from-filter"})
            for never in ("@a.b", "*@a.b", ".a.b", "*.a.b", "x@*.a.b", "a.b.")
        ),
        ({"name": ""}, {"name-empty"}),
        ({"smtp_debug": True}, {"logs-credentials"}),
    ],
)
def test_the_declaration_alone_shows_limits(settings: dict[str, Value], rules: set[str]) -> None:
    found = list(openspp.findings(desired(**settings), CONNECTION))
    assert {finding.rule for finding in found} == rules
    assert all(finding.where and finding.fix for finding in found)


def test_consent_is_a_note_and_not_an_error() -> None:
    assert [finding.severity for finding in openspp.findings(desired(**OAUTH2), CONNECTION)] == [Severity.NOTE]


def test_an_address_in_clear_text_is_a_finding() -> None:
    [found] = openspp.findings(desired(), {**CONNECTION, "url": "http://odoo.example.com"})
    assert "not https" in found.what


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"host": " SMTP.Example.com "}, {"host": "smtp.example.com"}),
        ({"from_filter": (" A.B ", "X@C.D")}, {"from_filter": ("a.b", "X@c.d")}),
        ({"from_filter": ()}, {"from_filter": None}),
        ({"port": None, "priority": None}, {"port": 25, "priority": 10}),
        ({"max_email_size": 20.0}, {"max_email_size": 20}),
        ({"max_email_size": 0}, {"max_email_size": None}),
        ({"active": False}, {"active": False}),
        ({"name": "Main"}, {"name": "Main"}),
    ],
)
def test_the_declaration_has_one_form(given: dict[str, Value], expected: dict[str, Value]) -> None:
    assert openspp.normalised(resource("main"), given, {}) == {"name": "main", "active": True, **expected}


@pytest.mark.parametrize(
    "url",
    [
        "https://odoo.example.com",
        "https://ODOO.example.com/",
        "https://odoo.example.com:443",
        "HTTPS://odoo.example.com",
    ],
)
def test_an_installation_has_one_name(url: str) -> None:
    assert openspp.installation({"url": url, "database": "prod"}) == "odoo:https://odoo.example.com/prod"


@pytest.mark.parametrize("key", ["main", "a.b-c_d", "a..b", "0"])
def test_a_key_survives_its_external_id(key: str) -> None:
    name = openspp.records.name_of(key)
    assert "." not in name
    assert openspp.records.key_of(name) == key
