"""Every preset on a sample of the application's real file: `presets/<name>/before.*` becomes `after.*`, to the byte.

`UPDATE_CASES=1` writes the `after` files anew; read their difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reconciler import platforms
from reconciler.errors import SecretRefused
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Desired, Origin
from reconciler.model.source import Position
from reconciler.pipeline import declaration
from reconciler.platforms import file
from reconciler.platforms.file import presets
from reconciler.platforms.file.layout import layout

SETTINGS = Resource(collection="settings")
ADDRESS = Address(environment="dev", target="app", resource=SETTINGS)
PASSWORD = SecretRef(store="default", path="mail/app", key="password")
# the characters that formats quote
SECRET = 'it\'s #1; \\ "quoted"'
DECLARED = {
    "host": "smtp.example.com",
    "port": 587,
    "encryption": "starttls",
    "auth": "basic",
    "username": "app@example.com",
    "password": PASSWORD,
    "sender.address": "no-reply@example.com",
    "sender.name": "Example, Inc.",
}
FOLDERS = sorted((Path(__file__).parent / "presets").iterdir())
NAMES = [folder.name for folder in FOLDERS]


class Vault:
    def open(self, ref: SecretRef) -> SecretValue:
        assert ref == PASSWORD
        return SecretValue(SECRET)


class Refusing:
    def open(self, ref: SecretRef) -> SecretValue:
        raise SecretRefused(f"{ref} is not needed here")


def connection(path: Path, preset: str, **more: object) -> dict[str, object]:
    return {"path": str(path), "preset": preset, **more}


def declared(preset: str, **more: object) -> dict[str, object]:
    """What a relay and a sender bring, without what the application has no key for."""
    said = {**DECLARED, **more}
    where = connection(Path("/x"), preset)
    return dict(
        file.normalised(SETTINGS, {f: v for f, v in said.items() if f in file.fields("settings", where)}, where)
    )


def write(path: Path, preset: str, settings: dict[str, object]) -> None:
    fields = tuple(
        FieldChange(field=name, kind=FieldKind.SET, before=None, after=value, cause=Cause.GIT)
        for name, value in settings.items()
    )
    change = Change(address=ADDRESS, kind="file", installation="file:x", action=Action.UPDATE, fields=fields)
    file.writer("dev/app", connection(path, preset), Vault()).write(change)


def live(path: Path, preset: str) -> dict[str, object]:
    return dict(file.reader("dev/app", connection(path, preset), Refusing()).read().live(SETTINGS).settings)


def copied(folder: Path, to: Path) -> Path:
    (before,) = folder.glob("before.*")
    path = to / before.name
    path.write_bytes(before.read_bytes())
    return path


def test_every_preset_has_its_sample_and_stands_in_the_schema() -> None:
    schema = json.loads(platforms.schema("file").read_text())  # type: ignore[union-attr]
    known = schema["properties"]["connection"]["properties"]["preset"]["enum"]
    assert list(presets.names()) == known == NAMES


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
def test_sample_becomes_what_is_expected_to_the_byte(folder, tmp_path) -> None:
    path = copied(folder, tmp_path)
    write(path, folder.name, declared(folder.name))
    after = folder / path.name.replace("before", "after")
    if os.environ.get("UPDATE_CASES"):
        after.write_bytes(path.read_bytes())
    assert path.read_bytes() == after.read_bytes()


@pytest.mark.parametrize("folder", FOLDERS, ids=NAMES)
@pytest.mark.parametrize("way", [("starttls", 587), ("tls", 465), ("none", 25)], ids=["starttls", "tls", "none"])
def test_what_is_written_reads_back_as_declared(folder, way, tmp_path) -> None:
    path = copied(folder, tmp_path)
    settings = declared(folder.name, encryption=way[0], port=way[1], auth="none" if way[0] == "none" else "basic")
    before = live(path, folder.name)
    write(path, folder.name, settings)
    assert {**live(path, folder.name), "password": PASSWORD}.items() >= settings.items()
    assert any(before.get(name) != value for name, value in settings.items())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_not_there_is_made_and_reads_back(name, tmp_path) -> None:
    path = tmp_path / "new"
    write(path, name, declared(name))
    assert {**live(path, name), "password": PASSWORD}.items() >= declared(name).items()


@pytest.mark.parametrize("name", NAMES)
def test_every_preset_names_its_sources_and_maps_what_every_mailer_needs(name) -> None:
    found = presets.preset(name)
    assert found.sources
    assert all(source.startswith("https://") for source in found.sources)
    assert file.fields("settings", connection(Path("/x"), name)) >= {*DECLARED, "auth"}


def rules(name: str, **more: object) -> list[tuple[str, str]]:
    place = Position(file="app.yaml", line=4, column=1)
    said = {**DECLARED, **more}
    desired = Desired(
        address=ADDRESS,
        kind="file",
        installation="file:x",
        settings=declared(name, **more),
        handshake=said,
        origin={field: Origin(position=place, through="here") for field in said},
        position=place,
    )
    return [(found.rule, str(found.severity)) for found in file.limits.findings(desired, connection(Path("/x"), name))]


# applications that use STARTTLS where it is offered, and cannot insist
OPPORTUNISTIC = {"gitlab", "keycloak", "laravel", "mattermost", "nextcloud"}


@pytest.mark.parametrize("name", NAMES)
def test_an_application_that_cannot_insist_on_starttls_is_named(name) -> None:
    expected = [("starttls-not-enforced", "warning")] if name in OPPORTUNISTIC else []
    assert rules(name) == expected
    assert rules(name, encryption="tls", port=465) == []


@pytest.mark.parametrize("name", ["grafana", "grafana-env"])
def test_grafana_speaks_tls_on_465_only(name) -> None:
    assert rules(name, encryption="tls", port=2465) == [("tls-only-on-465", "error")]


def test_a_limit_of_a_preset_ends_where_its_key_is_another() -> None:
    own = {"encryption": {"key": "MAIL_ENCRYPTION", "values": {"starttls": "tls", "none": None}}}
    assert layout(connection(Path("/x"), "laravel", keys=own)).limits == ()


def test_keys_beside_a_preset_come_first(tmp_path) -> None:
    path = tmp_path / ".env"
    path.write_text("MAIL_HOST=a\nMAIL_USER=me\n")
    where = connection(path, "laravel", keys={"username": "MAIL_USER"})
    found = file.reader("dev/app", where, Refusing()).read().live(SETTINGS).settings
    assert (found["username"], found["port"]) == ("me", None)


def test_a_format_beside_a_preset_has_to_be_its_own() -> None:
    desired = Desired(
        address=ADDRESS,
        kind="file",
        installation="file:x",
        settings={},
        handshake={},
        origin={},
        position=Position(file="app.yaml", line=1, column=1),
    )
    found = file.limits.findings(desired, connection(Path("/x"), "grafana", format="yaml"))
    assert [one.rule for one in found] == ["preset-format"]


def test_keycloak_takes_its_own_oauth2(tmp_path) -> None:
    path = copied(next(folder for folder in FOLDERS if folder.name == "keycloak"), tmp_path)
    settings = {"auth": "oauth2", "oauth2.token_url": "https://id.example.com/token", "oauth2.client_secret": PASSWORD}
    write(path, "keycloak", settings)
    found = live(path, "keycloak")
    assert (found["auth"], found["oauth2.token_url"]) == ("oauth2", "https://id.example.com/token")
    assert json.loads(path.read_text())["smtpServer"]["authTokenClientSecret"] == SECRET


def test_a_target_needs_a_preset_or_its_own_keys(tmp_path) -> None:
    root = tmp_path / "environments"
    (root / "dev").mkdir(parents=True)
    (root / "reconciler.yaml").write_text("version: 1\n")
    (root / "dev/environment.yaml").write_text("order: 10\n")
    (root / "dev/app.yaml").write_text("platform: file\nconnection: {path: a.env}\nsettings: {host: h}\n")
    found = declaration.judged(root, base=tmp_path, today="2026-11-20").findings
    assert [one.what for one in found] == ["format: missing in connection", "keys: missing in connection"]


def test_laravel_means_something_by_null(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes((Path(__file__).parent / "presets/laravel/before.env").read_bytes())
    found = live(path, "laravel")
    assert (found["encryption"], found["username"]) == ("starttls", None)
    assert found["encryption"] == declared("laravel", encryption="none")["encryption"]  # so a plan has nothing to write
