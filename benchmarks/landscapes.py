"""Landscapes of any size, as a user would write them, and the applications that they are about: the same every time."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random

STAGES = ("dev", "test", "stage", "prod")
MAILERS = 10  # in each application
_CENTRAL = """\
version: 1
state: {backend: file, path: .reconciler, persistent: true}
policy: {relay_hosts: ["*.example.com"]}
"""
_ENVIRONMENT = """\
order: ORDER
relays:
  submission:
    host: smtp.STAGE.example.com
    port: 587
    encryption: starttls
    auth: basic
    username: no-reply@STAGE.example.com
    password: {env: BENCH_PASSWORD, version: 1}
  internal: {host: relay.STAGE.example.com, port: 25, encryption: starttls, auth: none}
sender: {address: no-reply@STAGE.example.com, name: Example}
verify: {level: auth, from: nowhere}   # no relay is contacted here
"""
_ONE = """\
platform: file
connection:
  path: apps/NAME/.env
  format: dotenv
  keys:
    host: SMTP_HOST
    port: SMTP_PORT
    encryption: {key: SMTP_TLS, values: {starttls: "true", none: "false"}}
    username: SMTP_USER
    password: SMTP_PASSWORD
    sender.address: MAIL_FROM
    sender.name: null
settings:
  relay: submission
  port: PORT
  username: NAME@STAGE.example.com
  password: {env: NUMBER_PASSWORD, version: 1}
  sender: {address: NAME@STAGE.example.com}
"""
_DOTENV = """\
platform: file
connection:
  path: apps/NAME/.env
  format: dotenv
  keys:
    host: SMTP_{MAILER}_HOST
    port: SMTP_{MAILER}_PORT
    encryption: {key: "SMTP_{MAILER}_TLS", values: {starttls: "true", none: "false"}}
    username: SMTP_{MAILER}_USER
    password: SMTP_{MAILER}_PASSWORD
    sender.address: SMTP_{MAILER}_FROM
    sender.name: null
mailers:
"""
_YAML = """\
platform: file
connection:
  path: apps/NAME/mail.yaml
  format: yaml
  keys:
    host: "mail.{mailer}.host"
    port: "mail.{mailer}.port"
    encryption: {key: "mail.{mailer}.tls", values: {starttls: "true", none: "false"}}
    username: "mail.{mailer}.user"
    password: "mail.{mailer}.password"
    sender.address: "mail.{mailer}.from"
    sender.name: null
mailers:
"""


def single(folder: Path, count: int) -> list[str]:
    """`count` target files with one resource each, and no application: `validate` contacts nobody."""
    _shared(folder)
    random = Random(count)
    ports = [random.choice((587, 2525)) for _ in range(count)]
    return [_target(folder, number, _ONE.replace("port: PORT", f"port: {port}")) for number, port in enumerate(ports)]


def mailers(folder: Path, applications: int, each: int = MAILERS) -> None:
    """Applications with ten mailers each, or `each`, every other one in YAML."""
    _shared(folder)
    for number in range(applications):
        head = _YAML if number % 2 else _DOTENV
        _target(folder, number, head + "".join(map(_mailer, _names(each))))
    _committed(folder)


def by_hand(folder: Path, applications: int, each: int = MAILERS) -> None:
    """Their files as somebody once wrote them, and nothing applied."""
    for name in ("apps", ".reconciler"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for number in range(applications):
        file = folder / "apps" / f"app-{number}" / ("mail.yaml" if number % 2 else ".env")
        file.parent.mkdir(parents=True)
        file.write_text(_old_yaml(_names(each)) if number % 2 else _old_dotenv(_names(each)))
        file.chmod(0o640)


def slow(folder: Path, count: int) -> None:
    """Installations of the third party's platform `slow`, one resource each."""
    _shared(folder)
    for number in range(count):
        text = "platform: slow\nconnection: {path: live/NAME.json}\nsettings: {relay: internal}\n"
        _target(folder, number, text, stage="dev")
    _committed(folder)


def slow_by_hand(folder: Path, count: int) -> None:
    """What they hold before: every one differs. Nothing is applied."""
    for name in ("live", ".reconciler"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "live").mkdir()
    for number in range(count):
        old = {"host": f"old-{number}.example.org", "port": 2525, "encryption": "none"}
        (folder / "live" / f"app-{number}.json").write_text(json.dumps(old))


def _shared(folder: Path) -> None:
    for order, stage in enumerate(STAGES, start=1):
        environment = folder / "environments" / stage
        environment.mkdir(parents=True)
        (environment / "environment.yaml").write_text(
            _ENVIRONMENT.replace("ORDER", str(order * 10)).replace("STAGE", stage)
        )
    (folder / "environments" / "reconciler.yaml").write_text(_CENTRAL)


def _target(folder: Path, number: int, text: str, *, stage: str | None = None) -> str:
    stage = stage or STAGES[number % len(STAGES)]
    name = f"app-{number}"
    file = folder / "environments" / stage / f"{name}.yaml"
    file.write_text(text.replace("NUMBER", f"N{number}").replace("NAME", name).replace("STAGE", stage))
    return str(file)


def _names(each: int) -> list[str]:
    return [f"m{number}" for number in range(each)]


def _mailer(name: str) -> str:
    """Some take all from the relay, some have their own user and password."""
    if name[-1] in "02468":
        return f"  {name}: {{relay: submission}}\n"
    return f"""\
  {name}:
    relay: submission
    username: {name}.NAME@STAGE.example.com
    password: {{env: BENCH_PASSWORD, version: 2}}
    sender: {{address: {name}.NAME@STAGE.example.com}}
"""


def _old_dotenv(names: Sequence[str]) -> str:
    lines = ["# The application's own settings", "APP_URL=https://app.example.com", "CACHE_TTL=300", ""]
    for name in map(str.upper, names):
        lines += [f"SMTP_{name}_HOST=old-relay.example.org   # set up by hand", f"SMTP_{name}_PORT=25"]
        lines += [f"SMTP_{name}_TLS=false", f"SMTP_{name}_USER=app", f"SMTP_{name}_PASSWORD=", ""]
    return "\n".join(lines)


def _old_yaml(names: Sequence[str]) -> str:
    lines = ["# The application's own settings", "app:", "  url: https://app.example.com", "mail:"]
    for name in names:
        lines += [f"  {name}:", "    host: old-relay.example.org   # set up by hand", "    port: 25"]
        lines += ['    tls: "false"', "    user: app"]
    return "\n".join([*lines, ""])


def _committed(folder: Path) -> None:
    """A plan asks git which commit it was made from: it costs what it costs in a real checkout."""
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "--quiet"), ("add", "environments"), (*who, "commit", "--quiet", "-m", "Landscape")):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
