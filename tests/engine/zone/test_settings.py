"""worker.yaml: what is wrong with it is told with its place, before anything starts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import zone_keys
from support.commandline import inside

from reconciler.engine.zone import keys, read_settings
from reconciler.engine.zone import zone as zones
from reconciler.engine.zone.roles import roles
from reconciler.model.finding import Finding
from reconciler.secrets.stores import Secrets


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for name in ("zone", "plan", "apply"):
        zone_keys.make(tmp_path, name)
    (tmp_path / "files").mkdir()
    monkeypatch.chdir(tmp_path)
    return {
        "zone": "dmz",
        "broker": "amqps://dmz@rabbit.example.com/reconciler",
        "key": {"file": "zone.pem"},
        "coordinators": [
            {"key": "plan.pub", "may": ["read"]},
            {"key": "apply.pub", "may": ["read", "prove", "write"]},
        ],
        "secret_stores": {"default": {"type": "vault", "address": "https://vault.dmz.example.com"}},
        "hosts": ["*.dmz.example.com"],
        "kinds": ["odoo", "file"],
        "may": ["read", "prove", "write"],
        "files": "files",
    }


def findings(settings: dict[str, Any], zone: str = "dmz") -> list[Finding]:
    file = Path("worker.yaml")
    file.write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    read = read_settings.settings(file, zone)
    if read.spec is None:
        return list(read.findings)
    with Secrets(read.spec.stores, base=Path.cwd(), environ={}) as secrets:
        return [*read.findings, *keys.findings(read.spec, secrets.opener(zones.own(read.spec)))]


def test_a_file_that_is_well_is_read_with_absolute_paths(settings: dict[str, Any], tmp_path: Path) -> None:
    assert findings(settings) == []
    spec = read_settings.settings(Path("worker.yaml"), "dmz").spec
    assert spec is not None
    assert spec.kinds == {"openspp", "file"}
    assert (spec.files, spec.coordinators[0].key) == (str(tmp_path / "files"), str(tmp_path / "plan.pub"))
    assert (spec.claims.store, spec.claims.path, spec.slots) == ("default", "reconciler/claims", 32)


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda settings: settings.pop(name)


def put(**more: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda settings: settings.update(more)


WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "another zone": (put(zone="plant"), "1:7", "zone: plant is not the zone of the command line, dmz"),
    "no zone's name": (put(zone="DMZ"), "1:7", "zone: 'DMZ' has the wrong format"),
    "no hosts": (put(hosts=[]), ":", "hosts: empty list"),
    "hosts missing": (without("hosts"), "1:1", "hosts: missing in worker.yaml"),
    "unknown kind": (put(kinds=["fiel"]), ":", "unknown platform: fiel"),
    "a key in clear": (put(key="MC4CAQAwBQYDK2Vw"), "3:6", "key: literal secret; use a reference"),
    "broker in clear": (put(broker="amqp://dmz@rabbit.example.com/x"), "2:9", "has the wrong format"),
    "broker with a password": (
        put(broker="amqps://dmz:pw@rabbit.example.com/x"),
        "2:9",
        "broker: this URL holds a lo",
    ),
    "no coordinators": (put(coordinators=[]), ":", "coordinators: empty list"),
    "a coordinator that may more": (
        put(may=["read"]),
        ":",
        "coordinators[1] may prove and write, and",
    ),
    "no store for claims": (without("secret_stores"), ":", "claims: default is not among the secret_stores"),
    "claims in KV 1": (
        put(secret_stores={"default": {"type": "vault", "address": "https://v.example.com", "kv": 1}}),
        ":",
        "claims: default is KV version 1",
    ),
    "an unknown store": (
        put(login={"vault": "broker#password", "store": "other"}),
        ":",
        "login: unknown secret store other",
    ),
    "a certificate without its key": (put(client_certificate="zone.pem"), ":", "client_key is missing"),
    "no key file": (put(key={"file": "none.pem"}), "4:3", "none.pem does not exist"),
    "a public key as the own": (put(key={"file": "zone.pub"}), "4:3", "zone.pub is no Ed25519 private key"),
    "a private key as a coordinator's": (
        put(coordinators=[{"key": "apply.pem", "may": ["read"]}]),
        ":",
        "apply.pem is no Ed25519 public key in PEM",
    ),
    "no coordinator's key": (put(coordinators=[{"key": "none.pub", "may": ["read"]}]), ":", "none.pub cannot be read"),
    "one key for two": (
        put(coordinators=[{"key": "plan.pub", "may": ["read"]}, {"key": "plan.pub", "may": ["write"]}]),
        ":",
        "plan.pub stands here twice",
    ),
    "the key of a coordinator": (put(key={"file": "apply.pem"}), "4:3", "is the key of a coordinator as well"),
    "a login that is not there": (put(login={"env": "BROKER_PASSWORD"}), ":", "BROKER_PASSWORD is not set"),
    "no folder of files": (put(files="none"), ":", "files: there is no "),
    "a file as the folder of files": (put(files="plan.pub"), ":", "files: there is no folder "),
    "a CA file without a certificate": (put(ca_file="plan.pub"), ":", "plan.pub: this holds no certificate in PEM"),
    "a folder as the CA file": (put(ca_file="files"), ":", "files: this is no file"),
    "no certificate": (
        put(client_certificate="plan.pub", client_key={"file": "zone.pem"}),
        ":",
        "client_certificate: ",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_place(settings: dict[str, Any], case: str) -> None:
    change, place, what = WRONG[case]
    change(settings)
    found = [one for one in findings(settings) if what in one.what]
    assert found, [one.what for one in findings(settings)]
    assert all(one.failed and one.why and one.fix for one in found if one.rule != "secret-missing")
    assert f"worker.yaml:{place}".rstrip(":") in str(found[0].where)


def test_a_key_that_others_may_read_is_a_warning(settings: dict[str, Any]) -> None:
    Path("zone.pem").chmod(0o640)
    (found,) = findings(settings)
    assert (found.severity, found.rule) == ("warning", "key-permissions")
    assert "zone.pem is open to others (mode 0640)" in found.what


def test_a_key_that_systemd_gives_to_the_service_alone_is_none(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its access list shows as a right of the group."""
    Path("zone.pem").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(Path.cwd()))
    assert findings(settings) == []


def test_roles_say_who_opens_and_no_secret(settings: dict[str, Any]) -> None:
    address = {"type": "vault", "address": "https://vault.example.com"}
    kept = {"file": "secret-id"}
    settings["secret_stores"] = {
        "default": {**address, "auth": {"method": "approle", "role_id": "mail-dmz", "secret_id": kept}},
        "plain": address,
        "cluster": {**address, "auth": {"method": "kubernetes", "role": "mail", "role_env": "ROLE"}},
    }
    assert findings(settings) == []
    spec = read_settings.settings(Path("worker.yaml"), "dmz").spec
    assert spec is not None
    assert roles(spec.stores, {}) == {"default": "approle mail-dmz", "plain": "token", "cluster": "kubernetes mail"}
    assert roles(spec.stores, {"ROLE": "other"})["cluster"] == "kubernetes other"


def test_check_says_what_the_worker_would_do_and_contacts_nobody(settings: dict[str, Any]) -> None:
    findings(settings)
    ended = inside("worker", "--zone", "dmz", "--config", "worker.yaml", "--check")
    assert ended.code == 0, ended.err
    assert "plan.pub may read\n" in ended.out
    assert "https://vault.dmz.example.com, as token" in ended.out
    assert "hosts          *.dmz.example.com" in ended.out


def test_check_of_a_file_that_is_wrong_is_3(settings: dict[str, Any]) -> None:
    findings(settings | {"hosts": []})
    ended = inside("worker", "--zone", "dmz", "--config", "worker.yaml", "--check", "--format", "json")
    assert ended.code == 3
    assert [one["field"] for one in json.loads(ended.out)["findings"]] == ["hosts"]
