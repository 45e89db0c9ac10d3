"""How each real client is started: its program, what it needs, and what its application tells it beside the relay.

The programs are those that `.ci/clients` brings; a client of which something is missing says so.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.servers.shaped.shape import Shape

HERE = Path(__file__).parent
TOP = HERE.parents[1]
DRIVERS = HERE / "drivers"
FOLDER = Path(os.environ.get("RECONCILER_CLIENTS", TOP / ".clients"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Client:
    """`patterns` are paths that its command needs, `*` for versions: each stands for `{0}`, `{1}` in it.

    `settings` are what the application's own configuration adds; `tokens`: it can be given an access token.
    """

    name: str
    command: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    tokens: bool = False

    def suits(self, shape: Shape) -> bool:
        """Whether it can be run there."""
        return self.tokens or shape.settings.auth != "oauth2"

    def found(self) -> tuple[str, ...] | str:
        """The command, or why there is none."""
        paths = []
        for pattern in self.patterns:
            base, rest = (FOLDER, pattern) if not pattern.startswith("/") else (Path("/"), pattern[1:])
            match = sorted(base.glob(rest))
            if not match:
                return f"there is no {base / rest} (.ci/clients)"
            paths.append(str(match[-1]))
        command = tuple(one.format(*paths) for one in self.command)
        if not command[0] or shutil.which(command[0]) is None:
            return f"there is no {command[0] or 'PowerShell: name one in RECONCILER_PWSH'}"
        return command

    def variables(self) -> dict[str, str]:
        values = dict(self.environment)
        for name, value in values.items():
            match = sorted(FOLDER.glob(value)) if "*" in value or value.startswith("symfony") else []
            values[name] = str(match[-1]) if match else value
        return values


def _ruby(name: str, *folders: str, **settings: object) -> Client:
    include = tuple(part for index in range(len(folders)) for part in ("-I", f"{{{index}}}"))
    program = str(DRIVERS / "mail_send.rb")
    return Client(
        name=name,
        command=("ruby", *include, program),
        patterns=folders,
        settings=settings,
        tokens=name == "rails",  # net-smtp knows them from 0.5.0 on
    )


def _php(name: str, folder: str, version: str, **settings: object) -> Client:
    return Client(
        name=name,
        command=("php", str(DRIVERS / "symfony_send.php")),
        patterns=(f"{folder}/usr/share/php/Symfony/Component/Mailer",),
        settings=settings,
        tokens=True,
        environment={"SYMFONY_ROOT": f"{folder}/usr/share/php", "SYMFONY_VERSION": version},
    )


def _java(name: str) -> Client:
    return Client(
        name=name,
        command=(
            "java",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            f"{{0}}{os.pathsep}{{1}}/..",
            "MailSend",
        ),
        patterns=("/usr/share/java/javax.mail.jar", "MailSend.class"),
        tokens=name == "keycloak",
    )


def _go(name: str) -> Client:
    return Client(name=name, command=("{0}",), patterns=("mail-send",))


SWAKS = Client(
    name="swaks",
    command=(sys.executable, str(DRIVERS / "swaks_send.py")),
    patterns=("/usr/bin/swaks",),
)
CLIENTS = (
    Client(name="smtplib", command=(sys.executable, str(DRIVERS / "smtplib_send.py"))),
    Client(name="django", command=("{0}", str(DRIVERS / "django_send.py")), patterns=("venv/bin/python",)),
    _ruby(
        "rails",
        "rails/usr/share/rubygems-integration/all/gems/mail-*/lib",
        "net-smtp/usr/lib/ruby/gems/*/gems/net-smtp-*/lib",
        mechanism="plain",
        starttls="required",
    ),
    _ruby("gitlab", "gitlab/usr/lib/ruby/vendor_ruby", mechanism="login", starttls="if offered"),
    _php("laravel", "symfony7", "7.4", ehlo_name="localhost"),
    _php("nextcloud", "symfony6", "6.4"),
    Client(
        name="nodemailer",
        command=("node", str(DRIVERS / "nodemailer_send.js")),
        patterns=("node_modules/nodemailer",),
        tokens=True,
        environment={"NODE_PATH": str(FOLDER / "node_modules")},
    ),
    _go("go-smtp"),
    _go("grafana"),
    _java("spring-boot"),
    _java("keycloak"),
    Client(
        name="system-net-mail",
        command=(
            os.environ.get("RECONCILER_PWSH", ""),
            "-NoProfile",
            "-NonInteractive",
            "-File",
            str(DRIVERS / "dotnet_send.ps1"),
        ),
        settings={"timeout": 15},
        environment={"POWERSHELL_TELEMETRY_OPTOUT": "1", "DOTNET_gcServer": "0"},
    ),
)
