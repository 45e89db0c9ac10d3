"""Names of relays that the mail client of an application cannot use are told at plan time."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.finding import Finding
from reconciler.pipeline import declaration

RELAY = "{{host: {host!r}, port: 587, encryption: starttls, auth: none}}"


def told(folder: Path, host: str, connection: str) -> list[Finding]:
    (folder / "environments/dev").mkdir(parents=True)
    (folder / "environments/reconciler.yaml").write_text("version: 1\n", encoding="utf-8")
    (folder / "environments/dev/environment.yaml").write_text(
        f"order: 10\nrelays: {{relay: {RELAY.format(host=host)}}}\n", encoding="utf-8"
    )
    target = f"platform: file\nconnection: {{path: /srv/app/settings, {connection}}}\nsettings: {{relay: relay}}\n"
    (folder / "environments/dev/app.yaml").write_text(target, encoding="utf-8")
    found = declaration.judged(folder / "environments", base=folder, today="2026-11-29").findings
    return [one for one in found if one.rule == "host-form"]


def test_a_name_outside_ascii_is_no_name_in_the_files(tmp_path: Path) -> None:
    told(tmp_path, "bücher.example", "preset: rails")
    found = declaration.judged(tmp_path / "environments", base=tmp_path, today="2026-11-29").findings
    assert [(one.severity, one.rule) for one in found] == [("error", "wrong-value")]


def test_the_way_out_of_a_dot_is_the_name_without_it(tmp_path: Path) -> None:
    (found,) = told(tmp_path, "smtp.example.com.", "preset: sentry")
    assert (found.field, found.fix) == ("host", "host: smtp.example.com")
    assert found.what.endswith("host: smtp.example.com.: Sentry (Django) cannot use a dot at its end")


@pytest.mark.parametrize(
    ("host", "connection"),
    [
        ("smtp.example.com", "preset: rails"),
        ("smtp.example.com.", "preset: rails"),
        ("::1", "preset: mattermost"),
    ],
)
def test_what_works_is_not_told(tmp_path: Path, host: str, connection: str) -> None:
    assert told(tmp_path, host, connection) == []


@pytest.mark.parametrize(
    ("host", "connection"),
    [("::1", "preset: grafana"), ("2001:db8::25", "preset: mattermost"), ("smtp.example.com.", "preset: sentry")],
)
def test_addresses_and_dots_are_told_alike(tmp_path: Path, host: str, connection: str) -> None:
    assert [one.severity for one in told(tmp_path, host, connection)] == ["error"]


def test_an_application_of_no_preset_names_its_client(tmp_path: Path) -> None:
    connection = "format: dotenv, client: django, keys: {host: SMTP_HOST, port: SMTP_PORT}"
    assert [one.severity for one in told(tmp_path, "smtp.example.com.", connection)] == ["error"]


def test_an_older_version_that_cannot_is_a_warning_with_the_one_that_can(tmp_path: Path) -> None:
    (found,) = told(tmp_path, "smtp.example.com.", "preset: spring-boot")
    assert (found.severity, found.fix) == ("warning", "host: smtp.example.com, or Angus Mail 2.0.5")
    assert found.what.endswith("Spring Boot with JavaMail 1.6.5 cannot use a dot at its end")
