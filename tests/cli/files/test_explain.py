"""What `explain` says of relays: the addresses that `verify` shows."""

from __future__ import annotations

import json

import pytest
from support.commandline import inside
from support.site import Site

DEV = """\
relays:
  submission:
    host: smtp.example.com
    port: 587
    encryption: starttls
    auth: basic
    username: me@example.com
    password: {env: PW}
    ca_file: certs/ca.pem
sender: {address: no-reply@example.com}
verify: {recipient: postmaster@example.com, via: ssh://bastion.example.com, checks: {SMTP206: info}}
"""


@pytest.fixture
def declared(fake_site: Site) -> Site:
    fake_site.stage("dev", text=DEV)
    fake_site.target("dev/crm", "mail_servers: {main: {relay: submission, priority: 10}}")
    return fake_site


def test_a_relay_is_explained_setting_by_setting(declared: Site) -> None:
    rows = [line.split() for line in inside("explain", "dev/submission").out.splitlines()]
    file = "environments/dev/environment.yaml"
    assert rows == [
        ["dev/submission"],
        ["host", "smtp.example.com", "here", f"{file}:4:11"],
        ["port", "587", "here", f"{file}:5:11"],
        ["encryption", "starttls", "here", f"{file}:6:17"],
        ["auth", "basic", "here", f"{file}:7:11"],
        ["username", "me@example.com", "here", f"{file}:8:15"],
        ["password", "env", "PW", "here", f"{file}:9:15"],
        ["ca_file", "certs/ca.pem", "here", f"{file}:10:14"],
        ["sender.address", "no-reply@example.com", "environment", f"{file}:11:19"],
        ["verify.recipient", "postmaster@example.com", "environment", f"{file}:12:21"],
        ["verify.via", "ssh://bastion.example.com", "environment", f"{file}:12:50"],
        ["verify.checks.SMTP206", "info,", "usually", "fail", "environment", f"{file}:12:95"],
        ["verify.level", "auth", "default", f"{file}:3:3"],
    ]


def test_a_relay_is_data_too(declared: Site) -> None:
    (relay,) = json.loads(inside("explain", "dev/submission", "--format", "json").out)["relays"]
    settings = {field: (one["value"], one["through"]) for field, one in relay["settings"].items()}
    assert relay["address"] == "dev/submission"
    assert settings["host"] == ("smtp.example.com", "here")
    assert settings["verify.recipient"] == ("postmaster@example.com", "environment")
    assert settings["verify.level"] == ("auth", "default")


@pytest.mark.parametrize(
    ("pattern", "addresses"),
    [("dev", ["dev/submission", "dev/crm:mail_servers[main]"]), ("dev/crm", ["dev/crm:mail_servers[main]"])],
)
def test_a_pattern_takes_relays_and_resources(declared: Site, pattern: str, addresses: list[str]) -> None:
    lines = inside("explain", pattern).out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == addresses


def test_without_a_pattern_relays_are_counted(declared: Site) -> None:
    lines = inside("explain").out.splitlines()
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads == [
        "dev/crm:mail_servers[main]",
        "And 1 relay: dev/submission",
        "See one with: reconciler explain dev/submission",
    ]


def test_a_misspelled_relay_gets_the_nearest_one(declared: Site) -> None:
    ran = inside("explain", "dev/submision")
    assert (ran.code, "did you mean dev/submission?" in ran.err) == (64, True)


ODOO = """\
platform: odoo
connection: {url: https://odoo.example.com, database: dev, username: it, api_key: {env: KEY}}
mail_servers:
  main: {host: smtp.example.com, port: 587, encryption: starttls, auth: none, from_filter: [example.org]}
alias_domains:
  example.org: {default_from: no-reply, companies: [My Company]}
"""


@pytest.fixture
def odoo(fake_site: Site) -> Site:
    fake_site.stage("dev")
    fake_site.write("dev/odoo.yaml", ODOO)
    return fake_site


def test_explain_tells_which_server_of_odoo_a_mail_takes(odoo: Site) -> None:
    told = inside("explain", "dev/odoo", "--from", "me@example.org", "--company", "My Company")
    assert told.out == (
        "dev/odoo: mail_servers[main]\n"
        "  1. a from_filter with me@example.org: none\n"
        "  2. a from_filter with example.org: mail_servers[main] (priority 10)\n"
        "  From: me@example.org\n"
        "  envelope sender: bounce@example.org\n"
        "  what is not declared may take it all the same: reconciler drift tells\n"
    )
    (data,) = json.loads(inside("explain", "--from", "me@example.org", "--format", "json").out)["routes"]
    assert (data["target"], data["taken"]) == ("dev/odoo", "dev/odoo:mail_servers[main]")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--company", "My Company"], "without --from"),
        (["--from", "nobody"], "nobody is no address"),
        (["dev/crm", "--from", "me@example.org"], "no selected target"),
    ],
)
def test_a_question_that_makes_no_sense_is_wrong_usage(declared: Site, words: list[str], what: str) -> None:
    told = inside("explain", *words)
    assert told.code == 64
    assert what in told.err


ZONES = """\
version: 1
secret_stores: {default: {type: vault, address: https://vault.example.com}}
engine:
  type: celery
  broker: amqps://coordinator@rabbit.example.com/reconciler
  signing_key: {vault: reconciler/engine#key}
  zones: {dmz: {key: /etc/reconciler/dmz.pub}}
"""


@pytest.fixture
def zoned(fake_site: Site) -> Site:
    fake_site.write("reconciler.yaml", ZONES)
    text = "zone: dmz\n" + DEV.replace("{env: PW}", "{vault: mail#pw}").replace(", via: ssh://bastion.example.com", "")
    fake_site.stage("dev", text=text)
    fake_site.target("dev/crm", "mail_servers: {main: {relay: submission}}\n")
    fake_site.target(
        "dev/here", "mail_servers: {main: {relay: submission, password: {env: PW}}}\n", extra="zone: null\n"
    )
    return fake_site


def test_a_target_in_a_zone_says_which_and_where_that_was_written(zoned: Site) -> None:
    lines = inside("explain", "dev/crm").out.splitlines()

    assert lines[:2] == ["dev/crm:mail_servers[main]", "  in zone dmz, from environments/dev/environment.yaml:2:7"]
    rows = [line.split() for line in lines]
    assert ["zone", "dmz", "environment", "environments/dev/environment.yaml:2:7"] in rows
    assert any(row[:2] == ["password", "dmz!mail#pw"] for row in rows)


def test_one_in_our_own_network_says_nothing_of_it(zoned: Site) -> None:
    assert "zone" not in inside("explain", "dev/here").out


def test_the_zone_is_data_too(zoned: Site) -> None:
    told = {one["address"]: one for one in json.loads(inside("explain", "--format", "json").out)["resources"]}

    far, here = told["dev/crm:mail_servers[main]"], told["dev/here:mail_servers[main]"]
    assert (far["zone"], far["installation"].partition("!")[0]) == ("dmz", "dmz")
    assert far["settings"]["verify.zone"]["value"] == "dmz"
    assert "zone" not in here
    assert "verify.zone" not in here["settings"]
