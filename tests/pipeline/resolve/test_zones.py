"""Zones, from files to the landscape: who is where, whose secrets are meant, and what an installation is called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.model.landscape import Landscape
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Tree
from reconciler.pipeline import declaration
from reconciler.pipeline.observe import targets
from reconciler.pipeline.resolve import flatten
from reconciler.state.folder import FileState

ENGINE = """\
version: 1
state: {backend: file, path: .reconciler}
engine:
  type: celery
  broker: amqps://coordinator@rabbit.example.com/reconciler
  login: {env: BROKER}
  ca_file: certs/ca.pem
  signing_key: {vault: reconciler/engine#key}
  deadline: 30
  zones: {dmz: {key: keys/dmz.pub}, plant: {key: /etc/keys/plant.pub}}
secret_stores: {default: {type: vault, address: https://vault.example.com}}
"""
RELAYS = """\
relays:
  submission: {host: smtp.example.com, port: 587, encryption: starttls, auth: basic, username: me,
               password: {vault: mail#password}, ca_file: certs/ca.pem}
"""
ODOO = """\
platform: odoo
%sconnection: {url: 'https://10.0.0.5', database: main, username: me, api_key: {vault: crm#key}}
mail_servers: {main: {relay: %s}}
"""


class Files:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("reconciler.yaml", ENGINE)

    def write(self, name: str, text: str) -> None:
        path = self.folder / "environments" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def land(self) -> Landscape:
        found = declaration.judged(self.folder / "environments", base=self.folder, today="2026-11-20")
        assert found.landscape is not None, found.findings
        return found.landscape


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def zones(tree: Tree) -> set[str | None]:
    return {ref.zone for ref in flatten.secrets_in(tree)}


def test_the_engine_comes_with_absolute_paths_and_references_of_our_own_stores(files: Files) -> None:
    engine = files.land().engine

    assert engine is not None
    assert (engine.broker, engine.deadline) == ("amqps://coordinator@rabbit.example.com/reconciler", 30.0)
    assert engine.login == SecretRef(store="env", path="BROKER")
    assert engine.signing_key == SecretRef(store="default", path="reconciler/engine", key="key")
    assert engine.reading_key is None
    assert engine.ca_file == f"{files.folder}/certs/ca.pem"
    assert {name: zone.key for name, zone in engine.zones.items()} == {
        "dmz": f"{files.folder}/keys/dmz.pub",
        "plant": "/etc/keys/plant.pub",
    }
    assert engine.zones["dmz"].position is not None


def test_a_target_has_its_own_zone_else_that_of_its_environment(files: Files) -> None:
    files.write("prod/environment.yaml", f"order: 1\nzone: dmz\n{RELAYS}")
    files.write("prod/a.yaml", ODOO % ("", "submission"))
    files.write("prod/b.yaml", ODOO % ("zone: plant\n", "submission"))
    files.write("prod/c.yaml", ODOO % ("zone: null\n", "submission"))

    land = files.land()

    assert {one.unit: one.zone for one in land.targets} == {"prod/a": "dmz", "prod/b": "plant", "prod/c": None}
    assert {spec.unit: spec.zone for spec in targets.specs(land, land.by_unit)} == {
        one.unit: one.zone for one in land.targets
    }
    assert [one.zone_position and one.zone_position.line for one in land.targets] == [2, 2, None]


def test_every_reference_of_something_in_a_zone_is_of_that_zone(files: Files) -> None:
    files.write("prod/environment.yaml", f"order: 1\nzone: dmz\n{RELAYS}")
    own = "{relay: submission, username: another, password: {vault: own#password}}"
    files.write("prod/a.yaml", ODOO % ("", "submission"))
    files.write("prod/b.yaml", (ODOO % ("", "submission")).replace("{relay: submission}", own).replace("main,", "b,"))

    land = files.land()

    for target in land.targets:
        assert zones(target.connection) == {"dmz"}
    for one in land.desired:
        assert zones(one.settings) == zones(one.handshake) == {"dmz"}
        assert one.handshake["verify.zone"] == "dmz"
    (relay,) = land.relays
    assert relay.relay is not None
    assert relay.relay.password is not None
    assert (relay.zone, relay.relay.zone, relay.relay.password.zone) == ("dmz", "dmz", "dmz")


def test_two_zones_with_the_same_private_address_are_two_installations(files: Files) -> None:
    files.write("prod/environment.yaml", f"order: 1\n{RELAYS}")
    for name, zone in (("a", "zone: dmz\n"), ("b", "zone: plant\n"), ("c", "")):
        files.write(f"prod/{name}.yaml", (ODOO % (zone, "submission")).replace("username: me", f"username: {name}"))

    land = files.land()

    names = {one.unit: one.installation for one in land.targets}
    plain = names["prod/c"]
    assert plain == "odoo:https://10.0.0.5/main"
    assert names == {"prod/a": f"dmz!{plain}", "prod/b": f"plant!{plain}", "prod/c": plain}
    assert {one.installation for one in land.desired} == set(names.values())


def test_the_state_keeps_two_zones_apart(files: Files, tmp_path: Path) -> None:
    state = FileState(tmp_path / "state")
    names = ["odoo:https://10.0.0.5/main", "dmz!odoo:https://10.0.0.5/main", "plant!odoo:https://10.0.0.5/main"]
    with state.lock(names[0], "me"), state.lock(names[1], "me"), state.lock(names[2], "me"):
        held = [lock.held.installations for lock in state.locks()]
    assert sorted(held) == sorted((name,) for name in names)


def test_in_a_zone_only_ca_files_are_of_this_machine(files: Files) -> None:
    files.write("prod/environment.yaml", f"order: 1\nzone: dmz\n{RELAYS}")
    connection = "{path: etc/../app.ini, preset: grafana, ca_file: certs/ca.pem}"
    files.write("prod/a.yaml", f"platform: file\nconnection: {connection}\nsettings: {{relay: submission}}\n")

    (target,) = files.land().targets

    assert target.connection["path"] == "etc/../app.ini"
    assert target.connection["ca_file"] == f"{files.folder}/certs/ca.pem"
    assert (target.installation, target.relative) == ("dmz!file:app.ini", False)
    (spec,) = targets.specs(files.land(), ["prod/a"])
    assert spec.notes is None


def test_a_link_of_this_machine_says_nothing_of_a_file_in_a_zone(files: Files, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("elsewhere")
    files.write("prod/environment.yaml", f"order: 1\n{RELAYS}")
    connection = f"{{path: {tmp_path}/link, preset: grafana}}"
    for name, zone in (("a", "zone: dmz\n"), ("b", "")):
        text = f"platform: file\n{zone}connection: {connection}\nsettings: {{relay: submission}}\n"
        files.write(f"prod/{name}.yaml", text)

    names = {one.unit: one.installation for one in files.land().targets}

    assert names["prod/a"] == f"dmz!file:{tmp_path}/link"
    assert names["prod/b"].endswith("elsewhere")


def relays(files: Files) -> Iterator[tuple[str, str | None]]:
    land = files.land()
    for one in land.relays:
        assert one.relay is not None
        assert one.zone == one.relay.zone
        yield one.name, one.zone


@pytest.mark.parametrize(
    ("environment", "users", "zone"),
    [
        pytest.param("", ["zone: dmz\n"], "dmz", id="all of its users are there"),
        pytest.param("", ["zone: dmz\n", ""], None, id="one of them is here"),
        pytest.param("zone: plant\n", ["zone: dmz\n"], "dmz", id="none is where its environment is"),
        pytest.param("zone: plant\n", [], "plant", id="nobody uses it"),
        pytest.param("", [], None, id="no zone at all"),
    ],
)
def test_a_relay_is_proven_from_where_it_is_used(
    files: Files, environment: str, users: list[str], zone: str | None
) -> None:
    files.write("prod/environment.yaml", f"order: 1\n{environment}{RELAYS}")
    for at, text in enumerate(users):
        files.write(f"prod/t{at}.yaml", ODOO % (text, "submission"))

    assert dict(relays(files)) == {"submission": zone}


def test_the_zone_of_a_relay_is_where_it_is_proven_whoever_uses_it(files: Files) -> None:
    """What is written into the application, the network of its console opens; what proves, that of the relay."""
    files.write("prod/environment.yaml", f"order: 1\n{RELAYS.replace('port: 587', 'zone: plant, port: 587')}")
    for name, zone in (("a", "zone: dmz\n"), ("b", "")):
        files.write(f"prod/{name}.yaml", ODOO % (zone, "submission"))

    land = files.land()

    assert dict(relays(files)) == {"submission": "plant"}
    assert [one.handshake["verify.zone"] for one in land.desired] == ["plant", "plant"]
    assert [zones(one.handshake) for one in land.desired] == [{"plant"}, {"plant"}]
    assert [zones(one.settings) for one in land.desired] == [{"dmz"}, {None}]


def test_a_store_that_only_a_worker_has_is_not_ours_to_know(files: Files) -> None:
    files.write("prod/environment.yaml", f"order: 1\n{RELAYS.replace('#password', '#password, store: factory')}")
    files.write("prod/a.yaml", ODOO % ("zone: dmz\n", "submission"))
    files.land()
    files.write("prod/b.yaml", ODOO % ("", "submission"))

    found = declaration.judged(files.folder / "environments", base=files.folder, today="2026-11-20")

    assert [one.rule for one in found.findings] == ["unknown-store"]


def test_without_a_zone_nothing_is_said_of_one(files: Files) -> None:
    files.write("prod/environment.yaml", f"order: 1\n{RELAYS}")
    files.write("prod/a.yaml", ODOO % ("", "submission"))

    land = files.land()

    assert "verify.zone" not in land.desired[0].handshake
    assert "verify.zone" not in land.relays[0].settings
    assert (land.targets[0].zone, land.relays[0].zone) == (None, None)
