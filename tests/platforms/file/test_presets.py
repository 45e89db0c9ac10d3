"""Every preset on a sample of the application's real file: `presets/<name>/before.*` becomes `after.*`, to the byte.

`UPDATE_CASES=1` writes the `after` files anew; read their difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from reconciler import platforms
from reconciler.drivers.textfile.readers import NEVER_NEW
from reconciler.errors import PlatformRefused, SecretRefused
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Desired, Origin, Unreadable
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
# discourse.conf knows two quotes and no escape
SECRETS = {"discourse": "it's #1; \\ quoted"}
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
TIMES = {"timeouts.connect": 10, "timeouts.read": 60}
FOLDERS = sorted((Path(__file__).parent / "presets").iterdir())
NAMES = [folder.name for folder in FOLDERS]


class Vault:
    def __init__(self, preset: str = "") -> None:
        self.secret = SECRETS.get(preset, SECRET)

    def open(self, ref: SecretRef) -> SecretValue:
        assert ref == PASSWORD
        return SecretValue(self.secret)


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
    file.writer("dev/app", connection(path, preset), Vault(preset)).write(change)


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
    login = {"auth": "none", "username": None, "password": None} if way[0] == "none" else {}
    settings = declared(folder.name, encryption=way[0], port=way[1], **login)
    before = live(path, folder.name)
    write(path, folder.name, settings)
    assert {**live(path, folder.name), "password": settings["password"]}.items() >= settings.items()
    assert any(before.get(name) != value for name, value in settings.items())


MADE = [name for name in NAMES if presets.preset(name).format not in NEVER_NEW]


@pytest.mark.parametrize("name", MADE)
def test_a_file_that_is_not_there_is_made_and_reads_back(name, tmp_path) -> None:
    path = tmp_path / "new"
    write(path, name, declared(name))
    assert {**live(path, name), "password": PASSWORD}.items() >= declared(name).items()


def test_a_file_that_holds_more_than_settings_is_not_made(tmp_path) -> None:
    path = tmp_path / "wp-config.php"
    found = file.reader("dev/app", connection(path, "wordpress"), Refusing()).read().live(SETTINGS)
    assert isinstance(found, Unreadable)
    assert (found.finding.rule, str(found.finding.severity)) == ("file-missing", "error")
    with pytest.raises(PlatformRefused):
        write(path, "wordpress", declared("wordpress"))
    assert not path.exists()


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
OPPORTUNISTIC = {"discourse", "gitea", "gitlab", "keycloak", "laravel", "n8n", "nextcloud"}


@pytest.mark.parametrize("name", NAMES)
def test_an_application_that_cannot_insist_on_starttls_is_named(name) -> None:
    expected = [("starttls-not-enforced", "warning")] if name in OPPORTUNISTIC else []
    assert rules(name, **TIMES) == expected
    assert rules(name, encryption="tls", port=465, **TIMES) == []


@pytest.mark.parametrize("name", ["alertmanager", "grafana", "grafana-env"])
def test_implicit_tls_on_465_only(name) -> None:
    assert rules(name, encryption="tls", port=2465) == [("tls-only-on-465", "error")]


@pytest.mark.parametrize("name", ["alertmanager", "grafana", "grafana-env", "laravel", "nextcloud"])
@pytest.mark.parametrize("way", ["starttls", "none"])
def test_port_465_means_tls_where_the_port_decides(name, way) -> None:
    assert ("tls-on-465", "error") in rules(name, encryption=way, port=465)


def test_mattermost_sends_nothing_with_a_login_and_without_tls() -> None:
    assert rules("mattermost") == []  # no mail at all, rather than one in clear
    assert rules("mattermost", auth="none") == [("starttls-not-enforced", "warning")]
    assert rules("mattermost", encryption="none") == [("login-needs-tls", "error")]
    assert rules("mattermost", encryption="none", auth="none") == []


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("grafana", "[::1]"), ("grafana", "smtp.exämple.com"), ("grafana-env", "::1"),
        ("mattermost", "smtp.exämple.com"),
        ("alertmanager", "smtp.exämple.com"), ("gitea", "smtp.exämple.com"), ("django", "smtp.example.com."),
    ],
)  # fmt: skip
def test_a_host_that_never_works_there_is_an_error(name, host) -> None:
    assert ("host-form", "error") in rules(name, host=host)


@pytest.mark.parametrize("name", ["django", "spring-boot"])
def test_an_application_that_waits_for_ever_is_named(name) -> None:
    assert rules(name) == [("no-timeout", "note")]


BY_USERNAME = [name for name in NAMES if presets.preset(name).login != "setting"]


def test_who_logs_in_by_a_setting_of_its_own_is_known() -> None:
    assert set(NAMES) - set(BY_USERNAME) == {"keycloak", "mattermost", "wordpress"}


@pytest.mark.parametrize("name", ["rails", "keycloak"])
def test_a_user_name_that_is_cleared_takes_the_password_along(name, tmp_path) -> None:
    without = {key: value for key, value in DECLARED.items() if key != "password"}
    settings = file.normalised(SETTINGS, {**without, "username": None}, connection(tmp_path / "x", name))
    assert settings["password"] is None


@pytest.mark.parametrize("name", NAMES)
def test_auth_none_takes_the_login_out_of_the_file(name, tmp_path) -> None:
    path = copied(next(folder for folder in FOLDERS if folder.name == name), tmp_path)
    write(path, name, declared(name))
    without = {key: value for key, value in DECLARED.items() if key not in ("username", "password")}
    settings = dict(file.normalised(SETTINGS, {**without, "auth": "none"}, connection(path, name)))
    assert (settings["username"], settings["password"]) == (None, None)
    write(path, name, settings)
    key = next(key for key in layout(connection(path, name)).keys if key.setting == "password")
    assert live(path, name)["username"] is None
    assert key.template.rpartition(".")[2] + "=" not in path.read_text()


BOTH = [name for name in NAMES if presets.preset(name).login == "both"]


@pytest.mark.parametrize("name", BOTH)
def test_a_user_without_a_password_is_an_error_where_it_is_no_login(name) -> None:
    assert ("half-a-login", "error") in rules(name, password=None)


@pytest.mark.parametrize("name", BOTH)
def test_half_a_login_in_the_file_is_told(name, tmp_path) -> None:
    path = copied(next(folder for folder in FOLDERS if folder.name == name), tmp_path)
    write(path, name, {**declared(name), "password": None})
    found = file.reader("dev/app", connection(path, name), Refusing()).read().live(SETTINGS)
    assert [one.rule for one in found.findings] == ["half-a-login"]


# (preset, the setting, what the file then says)
OWN_KEYS = [
    ("django", "timeouts.read", "EMAIL_TIMEOUT=60"),
    ("spring-boot", "timeouts.connect", "connectiontimeout: 60000"),
    ("spring-boot", "timeouts.read", "quitwait: false"),
    ("spring-boot", "ehlo_name", "localhost: app.example.com"),
    ("rails", "timeouts.connect", "open_timeout: 60"),
    ("rails", "timeouts.read", "read_timeout: 60"),
    ("rails", "ehlo_name", "domain: app.example.com"),
    ("gitlab", "timeouts.read", "gitlab_rails['smtp_read_timeout'] = 60"),
    ("gitlab", "ehlo_name", "gitlab_rails['smtp_domain'] = 'app.example.com'"),
    ("grafana", "ehlo_name", "ehlo_identity = app.example.com"),
    ("grafana-env", "ehlo_name", "GF_SMTP_EHLO_IDENTITY=app.example.com"),
    ("laravel", "ehlo_name", "MAIL_EHLO_DOMAIN=app.example.com"),
    ("alertmanager", "ehlo_name", "smtp_hello: app.example.com"),
    ("gitea", "ehlo_name", "HELO_HOSTNAME = app.example.com"),
    ("vaultwarden", "ehlo_name", "HELO_NAME=app.example.com"),
    ("vaultwarden", "timeouts.read", "SMTP_TIMEOUT=60"),
    ("discourse", "timeouts.connect", "smtp_open_timeout=60"),
    ("discourse", "ehlo_name", "smtp_domain =app.example.com"),
    ("sentry", "timeouts.read", "mail.timeout: 60"),
    ("authentik", "timeouts.read", "AUTHENTIK_EMAIL__TIMEOUT=60"),
    ("mastodon", "ehlo_name", "SMTP_DOMAIN=app.example.com"),
]


@pytest.mark.parametrize(("name", "setting", "line"), OWN_KEYS, ids=[f"{one[0]}-{one[1]}" for one in OWN_KEYS])
def test_the_application_gets_its_own_keys_for_ehlo_and_time_outs(name, setting, line, tmp_path) -> None:
    path = copied(next(folder for folder in FOLDERS if folder.name == name), tmp_path)
    value = "app.example.com" if setting == "ehlo_name" else 60
    write(path, name, {setting: value})
    assert line in path.read_text()
    assert live(path, name)[setting] == value


# what each of them knows, and what it gets where nobody says more
MECHANISMS = {"discourse": "plain", "gitlab": "login", "mastodon": "plain", "rails": "plain"}


@pytest.mark.parametrize(("name", "usual"), MECHANISMS.items())
def test_one_mechanism_is_written_the_declared_one_or_the_usual(name, usual, tmp_path) -> None:
    path = copied(next(folder for folder in FOLDERS if folder.name == name), tmp_path)
    assert declared(name)["mechanism"] == usual
    write(path, name, declared(name, mechanism="cram-md5"))
    assert live(path, name)["mechanism"] == "cram-md5"
    assert "cram_md5" in path.read_text()


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


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_have_a_row_for_it_and_one_for_its_reader(name) -> None:
    page = (Path(__file__).parents[3] / "docs/platforms/file.md").read_text("utf-8")
    found, rows = presets.preset(name), [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
    assert len([row for row in rows if f"`{found.reader}`" in row and row.count("|") == 3]) == 1
    since = "UNVERIFIED" if "UNVERIFIED" in row_of(rows) else found.since
    assert since in row_of(rows)


def row_of(rows: list[str]) -> str:
    (row,) = [row for row in rows if row.count(" | ") == 4]
    return row


def test_what_keycloak_cannot_before_a_version_is_a_note() -> None:
    assert ("version-needed", "note") in rules("keycloak", auth="oauth2")
    assert ("version-needed", "note") not in rules("keycloak", auth="basic")
