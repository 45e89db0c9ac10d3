"""Other keys of a file that decide in the place of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Present, Reading
from reconciler.platforms import file
from reconciler.platforms.file import presets

RESOURCE = Resource(collection="settings")
OWN = {"format": "dotenv", "keys": {"host": "SMTP_HOST", "password": "SMTP_PASSWORD"}}


class Closed:
    def open(self, ref: SecretRef) -> object:
        raise AssertionError("reading opens nothing")


def read(path: Path, text: str, connection: Mapping[str, object]) -> Reading:
    path.write_text(text)
    return file.reader("dev/app", {"path": str(path), **connection}, Closed()).read()  # type: ignore[arg-type,dict-item]


def overriding(reading: Reading) -> list[Finding]:
    live = reading.live(RESOURCE)
    assert isinstance(live, Present)
    return [finding for finding in live.findings if finding.rule == "overridden"]


def change(field: str, after: object, kind: FieldKind = FieldKind.SET) -> Change:
    address = Address(environment="dev", target="app", resource=RESOURCE)
    fields = (FieldChange(field=field, kind=kind, before=None, after=after, cause=Cause.GIT),)  # type: ignore[arg-type]
    return Change(address=address, kind="file", installation="x", action=Action.UPDATE, fields=fields)


SPRING = "spring:\n  mail:\n    host: a\n    {}\n"
DECIDES = [
    pytest.param({"preset": "grafana-env"}, "GF_SMTP_PASSWORD__FILE=/run/secrets/p\n", ["password"], id="F4-grafana"),
    pytest.param({"preset": "grafana-env"}, "GF_SMTP_HOST__FILE=/h\n", ["host", "port"], id="F4-grafana-host"),
    pytest.param({"preset": "nextcloud"}, "SMTP_PASSWORD_FILE=/run/secrets/p\n", ["password"], id="F4-nextcloud"),
    pytest.param({"preset": "laravel"}, "MAIL_URL=smtp://u:hidden@h:25\n", ["host", "password"], id="F23-laravel-url"),
    pytest.param({"preset": "laravel"}, "MAIL_ENCRYPTION=null\n", ["encryption"], id="F4-laravel-11"),
    pytest.param({"preset": "laravel"}, "MAIL_DRIVER=sendmail\n", ["host"], id="F4-laravel-6"),
    pytest.param({"preset": "django"}, "EMAIL_URL=smtp://h\n", ["host", "username"], id="F4-django"),
    pytest.param({"preset": "spring-boot"}, SPRING.format("jndi-name: mail/S"), ["host", "auth"], id="F4-spring-jndi"),
    pytest.param({"preset": "spring-boot"}, SPRING.format("protocol: smtps"), ["encryption"], id="F4-spring-protocol"),
    pytest.param(OWN, "SMTP_PASSWORD_FILE=/p\n", ["password"], id="F4-own-keys"),
    pytest.param(OWN, "SMTP_PASSWORD__FILE=/p\n", ["password"], id="F4-own-keys-twice"),
]


@pytest.mark.parametrize(("connection", "text", "over"), DECIDES)
def test_a_key_that_decides_is_told_and_nothing_is_written_beside_it(
    connection: Mapping[str, object], text: str, over: list[str], tmp_path: Path
) -> None:
    reading = read(tmp_path / "file", text, connection)
    (told,) = overriding(reading)
    assert told.severity is Severity.WARNING
    assert all(setting in told.what for setting in over)
    assert "hidden" not in told.what
    for setting in over:
        (refused,) = file.refusals([change(setting, "x")], reading)
        assert (refused.severity, refused.field) == (Severity.ERROR, setting)


def test_a_key_may_be_taken_out_beside_one_that_decides(tmp_path: Path) -> None:
    reading = read(tmp_path / "file", "SMTP_PASSWORD_FILE=/p\nSMTP_PASSWORD=x\n", OWN)
    assert not list(file.refusals([change("password", None, FieldKind.UNSET), change("host", "h")], reading))


QUIET = [
    pytest.param({"preset": "laravel"}, "MAIL_URL=\nMAIL_DRIVER=smtp\n", id="empty-or-the-same"),
    pytest.param({"preset": "spring-boot"}, SPRING.format("protocol: smtp"), id="the-default"),
    pytest.param({"preset": "laravel", "keys": {"encryption": "MAIL_ENCRYPTION"}}, "MAIL_ENCRYPTION=tls\n", id="ours"),
    pytest.param({"preset": "nextcloud", "keys": {"password": None}}, "SMTP_PASSWORD_FILE=/p\n", id="no-such-setting"),
]


@pytest.mark.parametrize(("connection", "text"), QUIET)
def test_what_decides_nothing_is_not_told(connection: Mapping[str, object], text: str, tmp_path: Path) -> None:
    assert overriding(read(tmp_path / "file", text, connection)) == []


def test_the_document_of_a_profile_is_told_and_forbids_nothing(tmp_path: Path) -> None:
    text = "spring:\n  mail: {host: a}\n---\nspring:\n  config.activate.on-profile: prod\n  mail: {host: b}\n"
    reading = read(tmp_path / "file", text, {"preset": "spring-boot"})
    (told,) = overriding(reading)
    assert told.what.startswith("another document's spring.mail.host in ")
    assert not list(file.refusals([change("host", "c")], reading))


def test_every_key_that_decides_is_about_settings_of_its_preset() -> None:
    for preset in map(presets.preset, presets.names()):
        for one in preset.deciders:
            assert one.why, preset.name
            assert set(one.over) & set(file.fields("settings", {"path": "x", "preset": preset.name})), preset.name


VARIABLES = [
    pytest.param("rails", "production:\n  password: <%= ENV['P'] %>\n", "password", id="F5-erb"),
    pytest.param("spring-boot", "spring:\n  mail:\n    password: ${SMTP_PASSWORD}\n", "password", id="F5-spring"),
    pytest.param("keycloak", '{"smtpServer": {"password": "${SMTP_PASSWORD}"}}', "password", id="F5-keycloak"),
    pytest.param("laravel", 'MAIL_FROM_NAME="${APP_NAME}"\n', "sender.name", id="F5-laravel"),
    pytest.param("grafana", "[smtp]\npassword = $__file{/run/secrets/p}\n", "password", id="F5-grafana"),
    pytest.param("nextcloud", "SMTP_PASSWORD=$P\n", "password", id="F5-compose"),
]


@pytest.mark.parametrize(("preset", "text", "setting"), VARIABLES)
def test_a_variable_that_would_be_replaced_is_told(preset: str, text: str, setting: str, tmp_path: Path) -> None:
    live = read(tmp_path / "file", text, {"preset": preset}).live(RESOURCE)
    assert isinstance(live, Present)
    assert [one.field for one in live.findings if one.rule == "replaces-a-variable"] == [setting]
