"""Which relays a verify is about, from files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model.handshake import Level, Relay
from reconciler.model.landscape import Landscape
from reconciler.pipeline import declaration
from reconciler.pipeline.verify import logins, relays

ENVIRONMENT = """order: 10
relays:
  one: {host: smtp.example.com, port: 25, encryption: starttls, auth: none}
  two: {host: smtp.example.com, port: 25, encryption: starttls, auth: none}
"""
TARGET = """platform: file
connection:
  path: app.env
  format: dotenv
  keys: {host: HOST, port: PORT, encryption: TLS, auth: AUTH}
settings: {relay: one}
"""
Write = Callable[[str, str], Landscape]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def landscape(environment: str, target: str) -> Landscape:
        root = tmp_path / "environments"
        (root / "dev").mkdir(parents=True)
        (root / "reconciler.yaml").write_text("version: 1\n")
        (root / "dev/environment.yaml").write_text(environment)
        (root / "dev/app.yaml").write_text(target)
        judged = declaration.judged(root, base=tmp_path, today="2026-01-01")
        assert judged.landscape, judged.findings
        return judged.landscape

    return landscape


def asked(level: Level) -> Callable[[Relay], Relay]:
    return lambda relay: replace(relay, level=level)


def names(land: Landscape, *patterns: str, level: Level = Level.TLS) -> list[str | None]:
    return [relay.name for relay in relays.chosen(land, patterns, asked(level))]


def told(land: Landscape, *patterns: str, level: Level = Level.ENVELOPE) -> list[str]:
    chosen = relays.chosen(land, patterns, asked(level))
    return [f"{finding.where}: {finding.what}" for finding in relays.missing_for_level(land, chosen, level)]


def test_each_declared_relay_is_chosen_under_its_own_name(write: Write) -> None:
    assert names(write(ENVIRONMENT, TARGET)) == ["dev/one", "dev/two"]


def test_a_route_that_equals_no_declared_relay_is_chosen_too(write: Write) -> None:
    target = TARGET.replace("{relay: one}", "{relay: one, port: 587}")
    assert names(write(ENVIRONMENT, target)) == ["dev/one", "dev/two", "dev/app:settings"]


def test_a_route_is_chosen_alone_where_its_relay_is_not_selected(write: Write) -> None:
    assert names(write(ENVIRONMENT, TARGET), "dev/app:settings") == ["dev/app:settings"]


@pytest.mark.parametrize(
    ("relay", "through"),
    [("one", "dev/one"), ("two", "dev/two"), ("one, port: 587", "dev/app:settings")],
    ids=["the first", "the second, which is alike", "a route of its own"],
)
def test_who_sends_through_what(write: Write, relay: str, through: str) -> None:
    land = write(ENVIRONMENT, TARGET.replace("{relay: one}", f"{{relay: {relay}}}"))
    chosen = relays.chosen(land, (), asked(Level.TLS))
    assert relays.users(land, chosen, asked(Level.TLS)) == (("dev/app", "file", through),)


def test_places_are_those_of_the_declaration(write: Write) -> None:
    places = relays.places(write(ENVIRONMENT, TARGET))
    shown = {name: str(place).rpartition("environments/")[2] for name, place in places.items()}
    assert shown == {
        "dev/one": "dev/environment.yaml:3:3",
        "dev/two": "dev/environment.yaml:4:3",
        "dev/app:settings": "dev/app.yaml:6:1",
    }


def test_an_envelope_without_its_addresses_is_told_at_each_relay(write: Write) -> None:
    found = [line.rpartition("environments/")[2] for line in told(write(ENVIRONMENT, TARGET))]
    what = "sender.address and verify.recipient: missing, and --level envelope needs them"
    assert found == [f"dev/environment.yaml:3:3: {what}", f"dev/environment.yaml:4:3: {what}"]


def test_what_the_environment_leaves_out_is_told_once_beside_what_it_says(write: Write) -> None:
    land = write(ENVIRONMENT + "sender: {address: a@example.com}\nverify: {level: auth}\n", TARGET)
    found = [line.rpartition("environments/")[2] for line in told(land)]
    assert found == ["dev/environment.yaml:6:17: verify.recipient: missing, and --level envelope needs it"]


def test_a_relay_speaks_for_the_resources_that_name_it(write: Write) -> None:
    target = TARGET.replace("{relay: one}", "{relay: one, port: 587, verify: {recipient: p@example.com}}")
    found = [line.rpartition("environments/")[2].partition(": ")[0] for line in told(write(ENVIRONMENT, target))]
    assert found == ["dev/environment.yaml:3:3", "dev/environment.yaml:4:3"]


def test_a_resource_that_has_the_addresses_needs_nothing(write: Write) -> None:
    settings = "{relay: one, sender: {address: a@example.com}, verify: {recipient: p@example.com}}"
    land = write(ENVIRONMENT, TARGET.replace("{relay: one}", settings))
    assert told(land, "dev/app:settings") == []


def test_a_level_below_needs_no_addresses(write: Write) -> None:
    assert told(write(ENVIRONMENT, TARGET), level=Level.AUTH) == []


@pytest.mark.parametrize("origin", ["platform", "nowhere"])
def test_what_answers_elsewhere_only_is_asked_through_a_way_there_only(write: Write, origin: str) -> None:
    land = write(ENVIRONMENT + f"verify: {{from: {origin}}}\n", TARGET)
    assert names(land) == []
    assert relays.not_verified_here(land, ("dev/one",)) == {"dev/one": origin}
    through = relays.chosen(land, (), lambda relay: replace(relay, via="ssh://bastion"))
    assert [relay.name for relay in through] == ["dev/one", "dev/two"]


SHARED = """order: 10
relays:
  one: {host: smtp.example.com, port: 25, encryption: starttls, auth: none}
sender: {address: no-reply@example.org}
verify: {recipient: postmaster@example.org}
"""
ODOO = """platform: odoo
connection: {url: https://odoo.example.com, database: dev, username: it, api_key: {env: KEY}}
mail_servers:
  main: {relay: one, from_filter: [example.org]}
  own: {host: own.example.com, port: 25, encryption: starttls, auth: none, priority: 20}
alias_domains:
  example.org: {default_from: no-reply, companies: [My Company]}
  example.com: {companies: [Another]}
"""


def test_a_relay_is_asked_as_the_applications_use_it(write: Write) -> None:
    found = {one.name: one for one in relays.chosen(write(SHARED, ODOO), (), asked(Level.ENVELOPE))}
    assert set(found) == {"dev/one", "dev/app:mail_servers[own]"}
    assert found["dev/one"].clients == ("odoo",)
    assert found["dev/one"].senders == ("bounce@example.org", "no-reply@example.org")
    assert found["dev/app:mail_servers[own]"].senders == ("bounce@example.com", "notifications@example.com")


def test_envelope_senders_are_looked_for_only_where_an_envelope_is_asked_for(write: Write) -> None:
    assert {one.senders for one in relays.chosen(write(SHARED, ODOO), (), asked(Level.AUTH))} == {()}


def test_resources_of_five_clients_are_one_relay_with_five_clients(tmp_path: Path, write: Write) -> None:
    presets = ("django", "rails", "gitlab", "laravel", "keycloak")
    root = tmp_path / "environments"
    write(ENVIRONMENT, TARGET)
    for at in range(25):
        connection = f"connection: {{path: {at}.cfg, preset: {presets[at % 5]}}}"
        (root / f"dev/app{at}.yaml").write_text(f"platform: file\n{connection}\nsettings: {{relay: one}}\n")
    land = declaration.judged(root, base=tmp_path, today="2026-01-01").landscape
    assert land
    found = {relay.name: relay for relay in relays.chosen(land, (), asked(Level.TLS))}
    assert list(found) == ["dev/one", "dev/two"]
    assert sorted(found["dev/one"].clients) == sorted(presets)
    assert len(logins.groups(found.values())) == 1


def test_a_relay_knows_how_long_its_applications_are_set_to_wait(write: Write) -> None:
    target = (
        "platform: file\nconnection: {path: smtp.yml, preset: rails}\nsettings: {relay: one, timeouts: {read: 60}}\n"
    )
    found = relays.chosen(write(ENVIRONMENT, target), (), asked(Level.TLS))
    assert {one.waits for one in found if one.clients} == {(("rails", None, 60.0),)}
