"""`make demo`: starts the local lab, then shows the tool as its user sees it. All on loopback, and thrown away.

Real: Vault's API (OpenBao in dev mode), SMTP with STARTTLS and AUTH, certificates, the reconciler command itself.
A stand-in, checked against recordings of real servers: Odoo.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.odoo import OdooStandIn, User
from lab.smtp import pki
from lab.smtp.relay import SmtpRelay
from lab.vault import VaultServer

TOP = Path(__file__).parents[2]
WORK = TOP / ".demo"
VAULT_PORT = 18200
# stage: (version of Odoo, its port, the relay's port)
STAGES = {"dev": (19, 18071, 12587), "test": (19, 18072, 12588), "prod": (17, 18073, 12589)}
COMMAND = str(Path(sys.executable).with_name("reconciler"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    vault: VaultServer
    odoo: dict[str, OdooStandIn]
    relays: dict[str, SmtpRelay]
    environment: dict[str, str]


def main() -> int:
    started = time.monotonic()
    if taken := [str(port) for port in _ports() if _taken(port)]:
        print(f"demo: port {', '.join(taken)} is in use on this machine; free it and try again", file=sys.stderr)
        return 1
    with _lab() as lab:
        _say("The lab is up: Vault, three relays with STARTTLS and AUTH, Odoo 19, 19 and 17, three shops with a file.")
        ok = _story(lab)
    print(f"\n{'Done' if ok else 'FAILED'} in {time.monotonic() - started:.0f} s; the lab is gone again.")
    return 0 if ok else 1


def _story(lab: Lab) -> bool:
    return all(
        [
            _step("The files are checked first; nobody is contacted.", lab, "validate", expect=0),
            _step(
                "What would change? The plan reads platforms and secret versions, and cannot write.",
                lab,
                *("plan", "--out", "plan.json"),
                expect=0,
            ),
            _step(
                "Apply: stage by stage, every login proven at the relay before anything is written.",
                lab,
                *("apply", "plan.json"),
                expect=0,
            ),
            _step("Again: nothing left to do.", lab, "plan", "--detailed-exitcode", expect=0),
            _by_hand(lab),
            _step("Drift says what differs, and who moved.", lab, "drift", expect=2),
            _step("Applying the files heals it.", lab, "apply", "--auto-approve", expect=0),
            _rotate(lab),
            _step(
                "The plan finds the rotation from versions alone: it may not read the password.",
                lab,
                *("plan", "--select", "test", "--detailed-exitcode"),
                expect=2,
            ),
            _step("And apply brings it to the platforms.", lab, "apply", "--auto-approve", expect=0),
            _step("All is well.", lab, "drift", expect=0),
        ]
    )


def _by_hand(lab: Lab) -> bool:
    _say("Somebody clicks: in production's Odoo, the port of the mail server becomes 25.")
    server = next(row for row in lab.odoo["prod"].records("ir.mail_server") if row["name"] == "main")
    lab.odoo["prod"].edit("ir.mail_server", server["id"], smtp_port=25)
    return True


def _rotate(lab: Lab) -> bool:
    _say("Vault rotates the password of the test relay: version 2.")
    password = secrets.token_urlsafe(16)
    lab.relays["test"].users["test@example.org"] = password
    lab.vault.put("mail/test/submission", password=password)
    return True


def _step(text: str, lab: Lab, *arguments: str, expect: int) -> bool:
    _say(text)
    print(f"$ reconciler {' '.join(arguments)}", flush=True)
    role = "apply" if arguments[0] in ("apply", "verify") else "plan"
    environment = {**lab.environment, "VAULT_TOKEN": lab.environment[f"VAULT_TOKEN_{role.upper()}"]}
    done = subprocess.run(
        [COMMAND, *arguments], cwd=WORK, env=environment, stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    if done.returncode != expect:
        print(f"demo: expected exit code {expect}, got {done.returncode}", file=sys.stderr)
    return done.returncode == expect


def _say(text: str) -> None:
    bold = ("\x1b[1;36m", "\x1b[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "")
    print(f"\n{bold[0]}# {text}{bold[1]}", flush=True)


@contextmanager
def _lab() -> Iterator[Lab]:
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(mode=0o700)
    shutil.copytree(TOP / "environments", WORK / "environments")
    for stage, name in (("dev", "shop.env"), ("test", "shop.env"), ("prod", "shop.yaml")):
        (WORK / "apps" / stage).mkdir(parents=True)
        shutil.copy(TOP / "examples/lab/apps" / name, WORK / "apps" / stage / name)
    (WORK / "lab").mkdir()
    certificates = pki.make(WORK / "lab")
    with ExitStack() as stack:
        vault = stack.enter_context(VaultServer(port=VAULT_PORT))
        odoo, relays = {}, {}
        for stage, (version, port, relay_port) in STAGES.items():
            users = {f"{stage}@example.org": secrets.token_urlsafe(16)}
            if stage == "prod":
                users["bulk@example.org"] = secrets.token_urlsafe(16)
                vault.put("mail/prod/bulk", password=users["bulk@example.org"])
            vault.put(f"mail/{stage}/submission", password=users[f"{stage}@example.org"])
            key = secrets.token_urlsafe(16)
            vault.put(f"platforms/{stage}/openspp", api_key=key)
            relays[stage] = stack.enter_context(SmtpRelay(users=users, certificate=certificates.good, port=relay_port))
            odoo[stage] = stack.enter_context(_odoo(version, stage, port, key, certificates.ca_file))
        # production has a mail server that somebody made by hand, under the name that we declare
        odoo["prod"].add("ir.mail_server", name="main", smtp_host="old-relay.example.org", smtp_port=25)
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TERM") if name in os.environ}
        for role in ("plan", "apply"):
            vault.policy(role, TOP / f"examples/vault/{role}.hcl")
            environment[f"VAULT_TOKEN_{role.upper()}"] = vault.token(role)
        try:
            yield Lab(vault=vault, odoo=odoo, relays=relays, environment=environment)
        finally:
            shutil.rmtree(WORK, ignore_errors=True)


def _odoo(version: int, stage: str, port: int, key: str, ca_file: str) -> OdooStandIn:
    robot = User(
        login="reconciler", password=secrets.token_urlsafe(16), email="it@example.org", group="system", api_key=key
    )
    return OdooStandIn(version=version, database=stage, port=port, users=[robot], ca_file=ca_file)


def _ports() -> list[int]:
    return [VAULT_PORT, *(port for _, *ports in STAGES.values() for port in ports)]


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
