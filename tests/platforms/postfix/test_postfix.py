"""The platform `postfix` without a Postfix: spelling, limits, open relays, and what a change becomes."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import platforms
from reconciler.errors import PlatformRefused
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Holds, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Desired, Reading
from reconciler.model.source import Position
from reconciler.platforms import postfix
from reconciler.platforms.postfix import networks as lists
from reconciler.platforms.postfix import openness, reading_findings, rules, spelling
from reconciler.platforms.postfix.edits import edit
from reconciler.platforms.postfix.observed import Observed, entries, observed

DIR = "/etc/postfix"
OURS = f"hash:{DIR}/reconciler_sasl_passwd"
CHECKS = f"regexp:{DIR}/reconciler_header_checks"
ADDRESS = Address(environment="dev", target="mta", resource=Resource(collection="settings"))
REF = SecretRef(store="default", path="mail/dev/submission", key="password")


def seen(stamp: str | None = None, user: str | None = None, checks: Any = (), **parameters: str) -> Observed:
    return Observed(
        here=parameters, written=parameters, effective=parameters, stamp=stamp, user=user, checks=checks, services={}
    )


def change(**after: Any) -> Change:
    fields = tuple(
        FieldChange(
            field=name.replace("__", "."),
            kind=FieldKind.UNSET if value is None else FieldKind.SET,
            before=None,
            after=value,
            cause=Cause.GIT,
        )
        for name, value in after.items()
    )
    return Change(address=ADDRESS, kind="postfix", installation="x", action=Action.UPDATE, fields=fields)


def desired(**settings: Any) -> Desired:
    return Desired(
        address=ADDRESS,
        kind="postfix",
        installation="x",
        settings={name.replace("__", "."): value for name, value in settings.items()},
        handshake={},
        origin={},
        position=Position(file="dev/mta.yaml", line=3, column=1),
    )


def rules_of(connection: dict[str, Any] | None = None, **settings: Any) -> list[str]:
    return [found.rule for found in postfix.findings(desired(**settings), connection or {"host": "local"})]


def test_kind_is_found_by_its_name() -> None:
    assert platforms.load("postfix") is postfix.PLATFORM


@pytest.mark.parametrize(
    ("connection", "name"),
    [
        ({"host": "local"}, "postfix:local:/etc/postfix"),
        ({"ssh": "root@MTA.example.com"}, "postfix:mta.example.com:/etc/postfix"),
        (
            {"ssh": "ops@mta.example.com:22", "config_directory": "/etc/postfix/"},
            "postfix:mta.example.com:/etc/postfix",
        ),
        ({"ssh": "mta:2222", "config_directory": "/etc/postfix-out"}, "postfix:mta:2222:/etc/postfix-out"),
    ],
)
def test_installation_is_host_and_directory_whoever_logs_in(connection: dict[str, Any], name: str) -> None:
    assert postfix.installation(connection) == name


@pytest.mark.parametrize(
    ("relayhost", "host", "port", "mx_lookup"),
    [
        ("[smtp.example.com]:587", "smtp.example.com", 587, None),
        ("[SMTP.example.com]", "smtp.example.com", 25, None),
        ("[2001:db8::1]:465", "2001:db8::1", 465, None),
        ("[smtp.example.com]:submission", "smtp.example.com", 587, None),
        ("example.com", "example.com", 25, True),
        ("", None, None, None),
        ("[a.example.com], [b.example.com]", "[a.example.com], [b.example.com]", None, None),
    ],
)
def test_relayhost_reads_as_host_and_port(relayhost: str, host: str, port: int, mx_lookup: bool) -> None:
    found = spelling.settings(seen(relayhost=relayhost), DIR)
    assert (found["host"], found["port"], found["mx_lookup"]) == (host, port, mx_lookup)


@pytest.mark.parametrize(
    ("parameters", "encryption"),
    [
        ({}, None),
        ({"smtp_tls_security_level": "none"}, "none"),
        ({"smtp_tls_security_level": "secure"}, "starttls"),
        ({"smtp_tls_security_level": "secure", "smtp_tls_wrappermode": "yes"}, "tls"),
        ({"smtp_tls_security_level": "may"}, "may"),
        ({"smtp_tls_security_level": "encrypt", "smtp_tls_wrappermode": "yes"}, "encrypt, implicit TLS"),
        (
            {"smtp_tls_security_level": "secure", "smtp_tls_secure_cert_match": ".example.com"},
            "secure for .example.com",
        ),
    ],
)
def test_encryption_has_our_word_only_where_the_name_is_verified(parameters: Any, encryption: str) -> None:
    assert spelling.settings(seen(**parameters), DIR)["encryption"] == encryption


@pytest.mark.parametrize(
    ("more", "auth"),
    [
        ({}, "basic"),
        ({"smtp_sasl_tls_security_options": "noplaintext, noanonymous"}, "basic, without PLAIN and LOGIN"),
        ({"smtp_sasl_auth_enable": "no"}, "none"),
    ],
)
def test_auth_is_basic_only_where_plain_is_allowed_inside_tls(more: dict[str, str], auth: str) -> None:
    parameters = {"smtp_sasl_auth_enable": "yes", "smtp_tls_security_level": "secure", **more}
    assert spelling.settings(seen(**parameters), DIR)["auth"] == auth


def test_auth_none_takes_the_login_out() -> None:
    assert spelling.normalised({"auth": "none"}) == {"auth": "none", "username": None, "password": None}
    assert spelling.normalised({"auth": "basic"}) == {"auth": "basic"}


def test_lists_are_equal_whatever_their_order_and_spelling() -> None:
    assert lists.networks(entries("[::1]/128 10.0.0.0/8,127.0.0.0/8")) == ("10.0.0.0/8", "127.0.0.0/8", "::1/128")
    words = "permit_mynetworks check_client_access hash:/etc/postfix/c, reject_unauth_destination"
    assert lists.restrictions(words) == (
        "permit_mynetworks",
        "check_client_access hash:/etc/postfix/c",
        "reject_unauth_destination",
    )


def test_networks_keep_their_order_where_one_is_excluded() -> None:
    assert lists.networks(["!10.0.0.1", "10.0.0.0/8", "127.0.0.0/8"]) == ("!10.0.0.1", "10.0.0.0/8", "127.0.0.0/8")


@pytest.mark.parametrize(
    "name", [None, "Example", "Example, Ltd", 'A "quoted" $name', "Ünïcode $1 Name", "a\\b"], ids=repr
)
def test_rule_for_the_header_gives_back_what_it_was_made_of(name: str | None) -> None:
    text = rules.header_text("no-reply@example.com", name)
    assert rules.header_sender(text.splitlines()) == ("no-reply@example.com", name)


def test_rule_for_the_envelope_gives_back_what_it_was_made_of() -> None:
    text = rules.envelope_text("a$1b@example.com")
    assert "$$1" in text
    assert rules.envelope_sender(text.splitlines()) == "a$1b@example.com"


def test_rule_that_was_edited_is_none_of_ours() -> None:
    assert rules.header_sender(["/^From:/ REPLACE From: a@b.example", "/^Sender:/ IGNORE"]) is None


def test_sender_is_left_to_the_applications_unless_it_is_to_be_rewritten() -> None:
    own = {"sender.address": "no-reply@example.com", "sender.name": "Example"}
    assert spelling.normalised(own) == {}
    assert spelling.normalised({**own, "rewrite_sender.envelope": True}) == {
        "sender.address": "no-reply@example.com",
        "rewrite_sender.envelope": True,
    }
    assert spelling.normalised({**own, "rewrite_sender.from_header": False}) == {
        "rewrite_sender.from_header": None,
        "sender.name": None,
    }


@pytest.mark.parametrize(
    ("settings", "rule"),
    [
        ({"auth": "oauth2"}, "auth-not-expressible"),
        ({"username": "a:b"}, "username"),
        ({"rewrite_sender__envelope": True}, "sender-missing"),
        ({"host": "example.com", "mx_lookup": True}, "mx-not-proven"),
        ({"mynetworks": ("10.0.0.1/8",)}, "network"),
        ({"mynetworks": ("300.0.0.0/8",)}, "network"),
        ({"relay_restrictions": ("permitmynetworks", "reject_unauth_destination")}, "unknown-restriction"),
        ({"mynetworks": ("0.0.0.0/0",)}, "open-relay"),
    ],
)
def test_what_postfix_cannot_do_is_found_in_the_declaration(settings: dict[str, Any], rule: str) -> None:
    assert rules_of(**settings) == [rule]


def test_connection_keys_without_a_use_are_told() -> None:
    assert rules_of({"ssh": "mta", "proxy": "http://proxy:3128"}) == ["connection-unused"]
    assert rules_of({"ssh": "mta:70000"}) == ["connection-ssh"]


SAFE = ("permit_mynetworks", "reject_unauth_destination")


@pytest.mark.parametrize(
    ("networks", "restrictions", "field"),
    [
        (("0.0.0.0/0",), SAFE, "mynetworks"),
        (("::/0",), SAFE, "mynetworks"),
        (("0.0.0.0/1", "128.0.0.0/1"), None, "mynetworks"),
        (("11.0.0.0/8",), SAFE, "mynetworks"),
        (("198.51.0.0/16",), SAFE, "mynetworks"),
        (("2001:4860::/32",), SAFE, "mynetworks"),
        (None, ("permit",), "relay_restrictions"),
        (None, ("permit_mynetworks",), "relay_restrictions"),
        (None, (), "relay_restrictions"),
        (None, ("permit_sasl_authenticated", "permit", "reject"), "relay_restrictions"),
    ],
)
def test_open_relay_is_found(networks: Any, restrictions: Any, field: str) -> None:
    found = openness.opening(networks, restrictions)
    assert found is not None
    assert found.field == field


@pytest.mark.parametrize(
    ("networks", "restrictions"),
    [
        (("127.0.0.0/8", "::1/128", "10.0.0.0/8", "192.168.0.0/16", "fd00::/8", "fe80::/10"), SAFE),
        (("8.8.8.0/24", "2001:4860:4860::/48"), None),
        (("0.0.0.0/0",), ("reject_unauth_destination", "permit_mynetworks")),
        (("cidr:/etc/postfix/networks",), SAFE),
        (None, ("permit_sasl_authenticated", "defer_unauth_destination")),
    ],
)
def test_closed_relay_is_not_called_open(networks: Any, restrictions: Any) -> None:
    assert openness.opening(networks, restrictions) is None


def test_open_service_in_master_cf_is_found_though_main_cf_is_closed() -> None:
    out = "effective smtpd_relay_restrictions = reject\nservice 10025/inet/smtpd_relay_restrictions = permit"
    (found,) = reading_findings.findings(observed(out), "dev/mta:settings", DIR)
    assert (found.rule, found.severity) == ("open-relay", Severity.WARNING)
    assert "10025/inet" in found.what
    assert (found.field, found.holds) == (None, Holds.ALWAYS)  # no setting of ours closes it


def test_an_open_relay_is_told_until_its_setting_is_replaced() -> None:
    (found,) = reading_findings.findings(
        seen(mynetworks="0.0.0.0/0", smtpd_relay_restrictions="permit_mynetworks, reject"), "dev/mta:settings", DIR
    )
    assert (found.rule, found.field, found.holds) == ("open-relay", "mynetworks", Holds.UNTIL_CHANGED)


def test_closed_recipient_restrictions_close_an_open_list() -> None:
    parameters = {"smtpd_relay_restrictions": "", "smtpd_recipient_restrictions": "reject_unauth_destination"}
    assert list(reading_findings.findings(seen(**parameters), "dev/mta:settings", DIR)) == []


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [
        ({"smtp_tls_security_level": "secure"}, "no-ca"),
        ({"transport_maps": "hash:/etc/postfix/transport"}, "overridden"),
        ({"default_transport": "discard"}, "overridden"),
        ({"sender_canonical_maps": "hash:/etc/postfix/canonical"}, "map-of-others"),
    ],
)
def test_what_stands_in_the_way_is_told(parameters: dict[str, str], rule: str) -> None:
    parameters = {"smtpd_relay_restrictions": "reject", **parameters}
    assert [found.rule for found in reading_findings.findings(seen(**parameters), "dev/mta:settings", DIR)] == [rule]


LOGIN = {"relayhost": "[old.example.com]:587", "smtp_sasl_password_maps": OURS, "smtp_sasl_auth_enable": "yes"}


def test_edit_touches_the_parameters_of_its_fields_only() -> None:
    done = edit(change(message_size_limit=1000), seen(**LOGIN), DIR)
    assert (done.parameters, done.login, done.header[0]) == ({"message_size_limit": "1000"}, "leave", "leave")


def test_edit_of_the_host_moves_the_password_to_the_new_name() -> None:
    done = edit(change(host="new.example.com"), seen(stamp="1", user="shop", **LOGIN), DIR)
    assert (done.login, done.relayhost, done.username) == ("keep", "[new.example.com]:587", "shop")
    assert done.password is None


def test_edit_of_the_host_is_refused_when_the_password_is_in_a_map_of_others() -> None:
    theirs = {**LOGIN, "smtp_sasl_password_maps": "hash:/etc/postfix/sasl_passwd"}
    with pytest.raises(PlatformRefused, match="does not manage"):
        edit(change(host="new.example.com"), seen(user="shop", **theirs), DIR)


def test_edit_puts_our_map_before_those_of_others() -> None:
    theirs = {"smtp_sasl_password_maps": "hash:$config_directory/sasl_passwd"}
    done = edit(
        change(host="smtp.example.com", port=587, auth="basic", username="shop", password=REF), seen(**theirs), DIR
    )
    assert done.parameters["smtp_sasl_password_maps"] == f"{OURS}, hash:$config_directory/sasl_passwd"
    assert (done.login, done.password) == ("set", REF)


def test_edit_never_writes_back_a_map_that_it_was_not_shown() -> None:
    with pytest.raises(PlatformRefused, match="static: table"):
        edit(change(username="shop", password=REF), seen(smtp_sasl_password_maps="static:***"), DIR)


def test_edit_clears_the_login_and_leaves_the_maps_of_others() -> None:
    there = {**LOGIN, "smtp_sasl_password_maps": f"{OURS}, hash:/etc/postfix/sasl_passwd"}
    done = edit(change(username=None, password=None), seen(stamp="1", user="shop", **there), DIR)
    assert (done.login, done.parameters) == ("remove", {"smtp_sasl_password_maps": "hash:/etc/postfix/sasl_passwd"})


@pytest.mark.parametrize(
    ("encryption", "option"),
    [("starttls", "smtp_sasl_tls_security_options"), ("none", "smtp_sasl_security_options")],
)
def test_edit_allows_plain_where_the_connection_is_as_declared(encryption: str, option: str) -> None:
    done = edit(change(auth="basic", encryption=encryption), seen(), DIR)
    assert {name: value for name, value in done.parameters.items() if name.startswith("smtp_sasl_")} == {
        "smtp_sasl_auth_enable": "yes",
        option: "noanonymous",
    }


def test_edit_puts_our_rule_before_those_of_others_and_takes_it_out_again() -> None:
    sender = {"sender__address": "no-reply@example.com", "sender__name": "Example"}
    done = edit(change(rewrite_sender__from_header=True, **sender), seen(smtp_header_checks="pcre:/etc/strip"), DIR)
    assert done.parameters == {"smtp_header_checks": f"{CHECKS}, pcre:/etc/strip"}

    there = seen(smtp_header_checks=f"{CHECKS}, pcre:/etc/strip", checks=tuple(done.header[1].splitlines()))
    done = edit(change(rewrite_sender__from_header=None), there, DIR)
    assert (done.header[0], done.parameters) == ("remove", {"smtp_header_checks": "pcre:/etc/strip"})


def read_as(**parameters: str) -> Reading:
    reader: Any = postfix.access.PostfixReader(unit="dev/mta", directory=DIR, shell=None)  # type: ignore[arg-type]
    return Reading(unit="dev/mta", resources={ADDRESS.resource: reader._present(seen(**parameters))})


SECURE = {"smtp_tls_security_level": "secure"}


@pytest.mark.parametrize(
    ("after", "parameters", "blocked"),
    [
        ({"encryption": "starttls"}, {}, True),
        ({"encryption": "tls"}, {"smtp_tls_CApath": "/etc/ssl/certs"}, False),
        ({"encryption": "tls"}, {"tls_append_default_CA": "yes"}, False),
        ({"encryption": "tls"}, {"smtp_tls_CAfile": "/ca.pem"}, False),
        ({"encryption": "tls", "tls_ca_file": "/ca.pem"}, {}, False),
        ({"tls_ca_file": None}, {**SECURE, "smtp_tls_CAfile": "/ca.pem"}, True),
        ({"encryption": "none"}, SECURE, False),
        ({"message_size_limit": 1000}, SECURE, False),
    ],
)
def test_a_change_that_would_trust_nobody_is_refused_before(after: Any, parameters: Any, blocked: bool) -> None:
    found = [(one.rule, one.holds) for one in postfix.refusals([change(**after)], read_as(**parameters))]
    assert found == ([("no-ca", Holds.UNTIL_DECIDED)] if blocked else [])


def test_a_service_with_its_own_words_is_not_healed_by_a_setting() -> None:
    out = "effective smtpd_relay_restrictions = permit_mynetworks, reject\neffective mynetworks = 0.0.0.0/0\n"
    out += "service 25/inet/mynetworks = 0.0.0.0/0\nservice 26/inet/smtpd_x = y"
    found = list(reading_findings.findings(observed(out), "dev/mta:settings", DIR))
    assert [one.field for one in found] == ["mynetworks", None, "mynetworks"]
