"""What an organisation holds: stages, apps and their configurations, in the published shapes, and what a PATCH does."""

from __future__ import annotations

import itertools
import random
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
# setting: (data type, secret, default, names of which each run takes one)
STAGE = {
    "host": ("Text", False, "", ("SMTP server", "SMTP Server host", "EmailServer")),
    "port": ("Integer", False, "587", ("SMTP port", "Email server port", "SmtpPort")),
    "auth": ("Text", False, "", ("SMTP authentication type", "Email authentication", "SMTP Authentication Type")),
    "username": ("Text", False, "", ("SMTP username", "Email user name", "SmtpUsername")),
    "password": ("Text", True, "", ("SMTP password", "Email password", "SmtpPassword")),
    "oauth2.token_url": ("Text", False, "", ("SMTP server token URL", "Email token endpoint", "SmtpTokenUrl")),
    "oauth2.client_id": ("Text", False, "", ("SMTP client ID", "Email OAuth client ID", "SmtpClientId")),
    "oauth2.client_secret": ("Text", True, "", ("SMTP client secret", "Email client secret", "SmtpClientSecret")),
    "oauth2.scope": ("Text", False, "", ("SMTP scopes", "Email OAuth scopes", "SmtpScope")),
    "sender.address": ("Email", False, "", ("Sender email", "Email sender address", "SenderEmail")),
    "sender.name": ("Text", False, "", ("Sender name", "Mail sender name", "SenderName")),
}
APP = {
    "test_list.active": ("Boolean", False, "False", ("Email test list active", "Test email enabled")),
    "test_list.addresses": ("Text", False, "", ("Email test list", "Test email addresses")),
}
OTHERS = (
    ("Log level", "Text", "Info"),
    ("Content Security Policy", "Text", "default-src 'self'"),
    ("Session minutes", "Integer", "20"),
)


@dataclass
class App:
    key: str
    name: str
    revision: int
    rows: dict[str, Row]


@dataclass
class Stage:
    key: str
    name: str
    portfolio: str | None
    domain: str
    order: int
    rows: dict[str, Row]
    apps: dict[str, App] = field(default_factory=dict)
    domains: set[str] = field(default_factory=set)
    permissions: set[str] = field(default_factory=set)


class Tenant:
    """`keys` and `words` are by our names of settings, for the tests; nobody else learns them but through the API."""

    def __init__(self, *, seed: int | None = None) -> None:
        self.random = random.Random(seed)
        self.lock = threading.RLock()
        self.stages: dict[str, Stage] = {}
        self.portfolios: dict[str, str] = {}  # name by key
        self.operations: dict[str, Row] = {}
        self.deploys_at_once = True
        self.masked: str | None = None  # what the value of a secret is shown as
        self.secrets: dict[tuple[str, str], str] = {}  # what was written, by stage or app and key
        shapes = STAGE | APP
        self.keys = {setting: self.uuid() for setting in shapes}
        self.names = {setting: self.random.choice(shape[3]) for setting, shape in shapes.items()}
        self.words = {
            "basic": self.random.choice(("Basic", "basic_auth", "1")),
            "oauth2": self.random.choice(("OAuth 2.0", "oauth_cc", "2")),
        }
        self._moments = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=count) for count in itertools.count())

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def now(self) -> str:
        return next(self._moments).isoformat().replace("+00:00", "Z")

    def add_stage(self, name: str, portfolio: str | None, permissions: set[str]) -> Stage:
        rows = {self.keys[setting]: self._row(setting, shape) for setting, shape in STAGE.items()}
        for other, kind, value in OTHERS:
            key = self.uuid()
            rows[key] = {**self._plain(key, other, kind, value, "EnvironmentLevelDefault"), "deployedValue": value}
        domain = f"{name.lower().replace(' ', '-')}.outsystems.example"
        stage = Stage(self.uuid(), name, portfolio, domain, len(self.stages), rows, permissions=permissions)
        stage.domains = {domain, f"mail.{domain}"}
        self.stages[stage.key] = stage
        return stage

    def add_app(self, stage: Stage, name: str, *, exposed: bool) -> App:
        shapes = APP if exposed else {}
        rows = {
            self.keys[setting]: self._row(setting, shape, "ApplicationLevelDefault")
            for setting, shape in shapes.items()
        }
        app = App(self.uuid(), name, self.random.randint(2, 40), rows)
        stage.apps[app.key] = app
        return app

    def _row(
        self, setting: str, shape: tuple[str, bool, str, tuple[str, ...]], origin: str = "EnvironmentLevelDefault"
    ) -> Row:
        kind, secret, default, _ = shape
        value = self.words["basic"] if setting == "auth" else default
        row = self._plain(self.keys[setting], self.names[setting], kind, value or None, origin)
        return row | {
            "isSecret": secret,
            "deployedValue": row["value"],
            "valueSetAfterDeploy": False if secret else None,
        }

    def _plain(self, key: str, name: str, kind: str, value: str | None, origin: str) -> Row:
        return {
            "key": key, "name": name, "description": f"{name}.", "dataType": kind, "defaultValue": value,
            "deployedValue": None, "value": value, "valueOrigin": origin, "deployedValueOrigin": origin,
            "isSecret": False, "valueSetAfterDeploy": None, "updatedAt": self.now(), "filename": None,
        }  # fmt: skip

    def shown(self, rows: Mapping[str, Row]) -> list[Row]:
        """As GET gives them: what a secret is, is not among it."""
        return [
            row | {"value": self.masked, "deployedValue": self.masked} if row["isSecret"] else dict(row)
            for row in rows.values()
        ]

    def patch(self, owner: str, rows: dict[str, Row], body: Any, *, level: str, live: bool) -> str | None:
        """Changes only the provided elements; a text that says what is wrong, and then nothing is changed."""
        wrong = next(_faults(rows, body), None)
        if wrong:
            return wrong
        for element in body:
            row, value = rows[element["key"]], element.get("value")
            if row["isSecret"]:
                self.secrets[owner, row["key"]] = value or ""
                row["valueSetAfterDeploy"] = not live
            else:
                row["value"] = row["defaultValue"] if value is None else value
                row["deployedValue"] = row["value"] if live else row["deployedValue"]
            row["valueOrigin"] = f"{level}LevelOverride"
            row["deployedValueOrigin"] = row["valueOrigin"] if live else row["deployedValueOrigin"]
            row["updatedAt"] = self.now()
        return None

    def deploy(self, rows: dict[str, Row]) -> None:
        for row in rows.values():
            row["deployedValue"], row["deployedValueOrigin"] = row["value"], row["valueOrigin"]
            row["valueSetAfterDeploy"] = False if row["isSecret"] else None


def _faults(rows: Mapping[str, Row], body: Any) -> Iterator[str]:
    if not isinstance(body, list) or not body:
        yield "systemConfigurations is not a list with elements"
        return
    for element in body:
        if not isinstance(element, dict) or element.keys() - {"key", "value", "filename"}:
            yield "an element has properties beside key, value and filename"
        elif (row := rows.get(element.get("key", ""))) is None:
            yield "there is no such key"
        elif not isinstance(value := element.get("value"), str | None):
            yield "a value is not a string"
        elif value is not None and row["dataType"] == "Integer" and not value.lstrip("-").isdigit():
            yield "a value is not an Integer"
        elif value is not None and row["dataType"] == "Boolean" and value not in ("True", "False"):
            yield "a value is not a Boolean"
        elif value == "25" and "port" in row["name"].lower():
            yield "SMTP port 25 isn't supported"
