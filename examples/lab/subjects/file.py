"""Application files for the contract: each format, and presets. What a file holds is read by others' parsers here."""

from __future__ import annotations

import configparser
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from dotenv import dotenv_values

from reconciler.drivers.textfile.place import disk

Found = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class App:
    """`foreign` is its file as people left it, with the host `old.example.org`; `ours` are the keys that we manage."""

    connection: Mapping[str, Any]
    foreign: str
    ours: frozenset[str]
    parsed: Callable[[str], Found]
    collection: str = "settings"


@dataclass(kw_only=True)
class FileSubject:
    app: App
    path: Path
    environ: Mapping[str, str]
    replaced: int = 0
    kind: str = "file"
    reached_by_network: bool = False

    @property
    def connection(self) -> Mapping[str, Any]:
        return {"path": str(self.path), **self.app.connection}

    @property
    def first(self) -> Mapping[str, Any]:
        return self._declared("smtp.example.com", 465, "tls", "PASSWORD", "Example, Inc.")

    @property
    def second(self) -> Mapping[str, Any]:
        return self._declared("relay.example.net", 587, "starttls", "OTHER", "Other")

    def foreign(self) -> None:
        self.path.write_text(self.app.foreign, encoding="utf-8")

    def edited(self) -> None:
        text = self.path.read_text(encoding="utf-8")
        self.path.write_text(text.replace("smtp.example.com", "edited.example.com"), encoding="utf-8")

    def settings(self) -> Found:
        return {key: value for key, value in self._parsed().items() if key in self.app.ours}

    def unmanaged(self) -> Any:
        """Other keys, and every comment with its place among the others."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        comments = [line for line in text.splitlines() if line.lstrip().startswith(("#", ";"))]
        return {key: value for key, value in self._parsed().items() if key not in self.app.ours}, comments

    def writes(self) -> int:
        return self.replaced

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        """A folder stands in its place: root reads any file, whatever its mode."""
        aside = self.path.with_suffix(".aside")
        if there := self.path.exists():
            self.path.rename(aside)
        self.path.mkdir()
        try:
            yield
        finally:
            self.path.rmdir()
            if there:
                aside.rename(self.path)

    def disturbed(self, *, latency: float, failing: float) -> AbstractContextManager[None]:
        raise NotImplementedError("a file is no network")

    def limited(self, *, calls: int, seconds: float) -> AbstractContextManager[None]:
        raise NotImplementedError("a file is no network")

    def _declared(self, host: str, port: int, encryption: str, secret: str, name: str) -> Mapping[str, Any]:
        mailer = {
            "host": host,
            "port": port,
            "encryption": encryption,
            "auth": "basic",
            "username": secret.lower(),
            "password": {"env": secret, "version": 1},
            "sender": {"address": f"{secret.lower()}@example.com", "name": name},
        }
        return {"settings": mailer} if self.app.collection == "settings" else {"mailers": {"main": mailer}}

    def _parsed(self) -> Found:
        return self.app.parsed(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}


def _flat(tree: Any, path: str = "") -> Found:
    if not isinstance(tree, dict):
        return {path: tree}
    below = ((f"{path}.{name}" if path else name, value) for name, value in tree.items())
    return {key: value for name, tree in below for key, value in _flat(tree, name).items()}


_THREE = re.compile('^"""(.*)"""$')  # as Grafana reads them


def _ini(text: str) -> Found:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as they are written
    parser.read_string(text)
    return {
        f"{name}.{key}": _THREE.sub(r"\1", value) for name in parser.sections() for key, value in parser.items(name)
    }


def _ruby(text: str) -> Found:
    found = re.findall(r"^(\w+\['\w+'\]) = (.*)$", text, re.MULTILINE)
    return {key: re.sub(r"\\(.)", r"\1", value) for key, value in found}


def _yaml(text: str) -> Found:
    return {key: value for key, value in _flat(yaml.safe_load(text) or {}).items() if value is not None}


def _json(text: str) -> Found:
    return _flat(json.loads(text))


def _dotenv(text: str) -> Found:
    return dotenv_values(stream=StringIO(text), interpolate=False)


def _own(form: str, name: Callable[[str], str]) -> tuple[Mapping[str, Any], frozenset[str]]:
    """A team's own keys."""
    words = {"starttls": "starttls", "tls": "smtps", "none": "off"}
    keys: dict[str, Any] = {
        setting: name(setting.rpartition(".")[2])
        for setting in ("host", "port", "username", "password", "sender.address", "sender.name")
    }
    keys["encryption"] = {"key": name("encryption"), "values": words}
    ours = {one.replace("{mailer}", "main").replace("{MAILER}", "MAIN") for one in map(name, _OWN)}
    reader = {"reader": "python-dotenv"} if form == "dotenv" else {}  # which says here what the file holds
    return {"format": form, "keys": keys, **reader}, frozenset(ours)


_OWN = ("host", "port", "username", "password", "address", "name", "encryption")
_DOTENV = """\
# the shop
MAIL_HOST=old.example.org
MAIL_ENCRYPTION=off  # for now
MAIL_PASSWORD='old'
CACHE='x y'
"""
_YAML = """\
# mailers
mail:
  main:
    host: old.example.org  # the old one
    password: old
  extra: [1, 2]
other: 1
"""
_JSON = """\
{
  "other": {"a": 1},
  "mail": {
    "host": "old.example.org",
    "port": 25,
    "extra": true
  }
}
"""
_INI = """\
; the shop
[mail]
host = old.example.org
;port = 25
extra = 1
[other]
a = b
"""
_GRAFANA = """\
# SMTP
[smtp]
enabled = true
;user =
host = old.example.org:25
startTLS_policy = NoStartTLS
cert_file =
[log]
mode = file
"""
_GITLAB = """\
# SMTP
gitlab_rails['smtp_enable'] = true
gitlab_rails['smtp_address'] = 'old.example.org'
gitlab_rails['smtp_domain'] = 'example.org'
# gitlab_rails['smtp_port'] = 25
nginx['enable'] = true
"""
_NEXTCLOUD = (
    "# Nextcloud\nSMTP_HOST=old.example.org\nMAIL_FROM_ADDRESS=old\nMAIL_DOMAIN=example.org\nREDIS_HOST=redis\n"
)


def _apps() -> Iterator[tuple[str, App]]:
    def team(form: str, name: Callable[[str], str], foreign: str, parsed: Callable[[str], Found], **more: Any) -> App:
        connection, ours = _own(form, name)
        return App(connection=connection, ours=ours, foreign=foreign, parsed=parsed, **more)

    def known(preset: str, foreign: str, parsed: Callable[[str], Found], *ours: str) -> App:
        return App(connection={"preset": preset}, foreign=foreign, parsed=parsed, ours=frozenset(ours))

    yield "dotenv", team("dotenv", lambda key: f"MAIL_{key.upper()}", _DOTENV, _dotenv)
    yield "yaml", team("yaml", lambda key: f"mail.{{mailer}}.{key}", _YAML, _yaml, collection="mailers")
    yield "json", team("json", lambda key: f"mail.{key}", _JSON, _json)
    yield "ini", team("ini", lambda key: f"mail.{key}", _INI, _ini)
    smtp = ("host", "enabled", "startTLS_policy", "skip_verify", "user", "password", "from_address", "from_name")
    yield "grafana", known("grafana", _GRAFANA, _ini, *(f"smtp.{key}" for key in smtp))
    words = ("enable", "address", "port", "user_name", "password", "authentication", "tls", "enable_starttls_auto")
    email = ("gitlab_email_from", "gitlab_email_display_name", "smtp_openssl_verify_mode")
    rails = (*(f"smtp_{word}" for word in words), *email)
    yield "gitlab", known("gitlab", _GITLAB, _ruby, *(f"gitlab_rails['{key}']" for key in rails))
    env = ("SMTP_HOST", "SMTP_PORT", "SMTP_SECURE", "SMTP_NAME", "SMTP_PASSWORD", "MAIL_FROM_ADDRESS", "MAIL_DOMAIN")
    nextcloud = known("nextcloud", _NEXTCLOUD, _dotenv, *env)
    yield "nextcloud", replace(nextcloud, connection={**nextcloud.connection, "reader": "python-dotenv"})


@contextmanager
def _subject(app: App, folder: Path) -> Iterator[FileSubject]:
    """Replacements of the file are counted where they are made: a file cannot tell who wrote it."""
    folder.mkdir(parents=True, exist_ok=True)
    environ = {name: f"#{secrets.token_urlsafe(18)} '\"" for name in ("PASSWORD", "OTHER")}
    subject = FileSubject(app=app, path=folder / "app.conf", environ=environ)
    replace = disk.replace

    def counted(*args: Any, **more: Any) -> Any:
        subject.replaced += 1
        return replace(*args, **more)

    with patch.object(disk, "replace", counted):
        yield subject


APPS = dict(_apps())
VARIANTS: Mapping[str, Callable[[Path], AbstractContextManager[FileSubject]]] = {
    name: partial(_subject, app) for name, app in APPS.items()
}


def subject(folder: Path) -> AbstractContextManager[FileSubject]:
    return _subject(APPS["dotenv"], folder)
