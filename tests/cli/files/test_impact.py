"""Who breaks when a relay or a secret goes: told from the files alone."""

from __future__ import annotations

import pytest
from support.commandline import inside
from support.site import Site

RELAYS = """\
protected: true
relays:
  submission: {host: smtp.example.com, port: 587, encryption: starttls, auth: basic, username: me, password: {env: PW}}
  spare: {host: spare.example.com, port: 25, encryption: none, auth: none}
"""


@pytest.fixture
def declared(fake_site: Site) -> Site:
    fake_site.stage("prod", text=RELAYS)
    fake_site.target(
        "prod/crm", "mail_servers: {main: {relay: submission}, own: {relay: submission, host: b.example.com}}"
    )
    fake_site.target("prod/erp", "mail_servers: {main: {relay: submission}}")
    return fake_site


def test_a_relay_takes_with_it_who_sends_through_its_host(declared: Site) -> None:
    assert inside("impact", "prod/submission").out == (
        "prod/submission (relay)   environments/prod/environment.yaml:4:3\n"
        "  cannot send when it goes:\n"
        "    prod (protected)\n"
        "      prod/crm:mail_servers[main]   fake   environments/prod/crm.yaml:3:16\n"
        "      prod/erp:mail_servers[main]   fake   environments/prod/erp.yaml:3:16\n"
        "2 resources of 1 platform cannot send.\n"
    )


def test_a_secret_takes_with_it_every_login_that_uses_it(declared: Site) -> None:
    told = inside("impact", "env PW").out
    assert told.startswith(
        "env PW (secret)\n  password of relay prod/submission   environments/prod/environment.yaml:4"
    )
    assert told.count("   fake   ") == 3
    assert told.endswith("3 resources of 1 platform cannot send.\n")


def test_as_data_it_has_places_and_settings(declared: Site) -> None:
    (found,) = inside("impact", "env PW", "--format", "json").json["impacts"]
    assert (found["kind"], [one["address"] for one in found["relays"]]) == ("secret", ["prod/submission"])
    assert {one["setting"] for one in found["resources"]} == {"password"}
    assert found["resources"][0]["where"]["file"] == "environments/prod/crm.yaml"


def test_without_a_name_each_has_a_line(declared: Site) -> None:
    assert inside("impact").out.splitlines() == [
        "prod/submission  relay   2 resources of 1 platform cannot send",
        "prod/spare       relay   nothing depends on it",
        "env PW           secret  3 resources of 1 platform cannot send",
    ]


def test_an_unknown_name_gets_the_nearest(declared: Site) -> None:
    wrong = inside("impact", "prod/submision")
    assert wrong.code == 64
    assert "fix: did you mean prod/submission?" in wrong.err
