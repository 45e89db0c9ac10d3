"""The servers of `make demo` and `make lab`, on loopback and thrown away: what `environments/` names is started here.

Real: Vault's API (OpenBao in dev mode), SMTP with STARTTLS and AUTH, certificates; Postfix, where it can be.
Stand-ins: Odoo, checked against recordings of real servers; OutSystems Developer Cloud, after its published contract.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.demo import ports, windows
from lab.servers.console import browser
from lab.servers.netbrain import NetBrainStandIn
from lab.servers.netbrain import map as own_map
from lab.servers.o11 import O11StandIn
from lab.servers.odc import OdcStandIn
from lab.servers.odoo import OdooStandIn, User
from lab.servers.postfix import Postfix
from lab.servers.smtp import pki
from lab.servers.smtp.relay import SmtpRelay
from lab.servers.vault import VaultServer

TOP = Path(__file__).parents[3]
LABS = TOP / ".demo"
WORK = LABS / str(os.getpid())  # its own: two that start together must not take each other's files
CONSOLES = ("test/o11.yaml", "prod/netbrain.yaml")  # reached through their pages
ODC_SEED = 7  # makes the keys that environments/*/odc.yaml has
ODOO = {"dev": 19, "test": 19, "prod": 17}
APPS = {"dev": ("shop.env", "grafana.ini"), "test": ("shop.env",), "prod": ("shop.yaml",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """`environment` is that of the commands; what cannot be started or reached here is None."""

    vault: VaultServer
    odoo: dict[str, OdooStandIn]
    odc: OdcStandIn
    relays: dict[str, SmtpRelay]
    postfix: Postfix | None
    o11: O11StandIn | None
    netbrain: NetBrainStandIn | None
    environment: dict[str, str]


def startable() -> bool:
    """Says so where every place for the lab is taken."""
    if _free() is None:
        print(f"lab: port {ports.taken()[0]} and all places beside it are in use on this machine", file=sys.stderr)
        return False
    return True


def _free() -> int | None:
    return next((move for move in ports.MOVES if not ports.taken(move)), None)


def introduce(lab: Lab) -> None:
    consoles = "Service Center of OutSystems 11, NetBrain, " if lab.o11 else ""
    farm = "" if windows.missing() else "a SharePoint 2019 farm, the SMTP service of a Windows server, "
    say(
        "The lab is up: Vault, three relays with STARTTLS and AUTH, Odoo 19, 19 and 17, OutSystems Developer "
        f"Cloud, {consoles}{farm}{'a Postfix, ' if lab.postfix else ''}three shops and a Grafana with a file."
    )
    if not lab.postfix:
        say(f"Left out: environments/prod/mta.yaml, because {Postfix.missing()}.")
    if not lab.o11:
        say(f"Left out: {' and '.join(CONSOLES)}, because {browser.missing()}.")
    if reason := windows.missing():
        say(f"Left out: {' and '.join(windows.TARGETS)}, because {reason}.")


def say(text: str) -> None:
    bold = ("\x1b[1;36m", "\x1b[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "")
    print(f"\n{bold[0]}# {text}{bold[1]}", flush=True)


@contextmanager
def started() -> Iterator[Lab]:
    _sweep()
    WORK.mkdir(mode=0o700, parents=True)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, WORK, ignore_errors=True)
        yield _all(stack)


def _all(stack: ExitStack) -> Lab:
    """Once more where another lab took the ports since we looked."""
    for move in ports.MOVES:
        if ports.taken(move):
            continue
        files = _files(move)
        with ExitStack() as attempt:
            try:
                lab = _lab(attempt, files, move)
            except (OSError, RuntimeError):
                attempt.close()
                if not ports.taken(move):
                    raise
                continue
            if move:
                say(f"Other programs have ports of the lab: all of them are {move} higher.")
            stack.push(attempt.pop_all())
            return lab
    sys.exit("lab: every place for the ports of the lab is in use on this machine")


def _files(move: int) -> pki.Pki:
    """What the commands work on, in a folder of its own."""
    shutil.rmtree(WORK)
    WORK.mkdir(mode=0o700)
    shutil.copytree(TOP / "environments", WORK / "environments")
    for path in (WORK / "environments").rglob("*.yaml"):
        path.write_text(ports.moved(path.read_text("utf-8"), move), "utf-8")
    for stage, names in APPS.items():
        (WORK / "apps" / stage).mkdir(parents=True)
        for name in names:
            shutil.copy(TOP / "examples/lab/demo/apps" / name, WORK / "apps" / stage / name)
            (WORK / "apps" / stage / name).chmod(0o640)  # it will hold a password: nobody else reads it
    (WORK / "lab").mkdir()
    _trust()
    return pki.make(WORK / "lab")


def _lab(stack: ExitStack, certificates: pki.Pki, move: int) -> Lab:
    vault = stack.enter_context(VaultServer(port=ports.VAULT + move))
    odoo, relays = {}, {}
    for stage, (port, relay_port) in ports.STAGES.items():
        users = {f"{stage}@example.org": secrets.token_urlsafe(16)}
        if stage == "prod":
            users["bulk@example.org"] = secrets.token_urlsafe(16)
            vault.put("mail/prod/bulk", password=users["bulk@example.org"])
        vault.put(f"mail/{stage}/submission", password=users[f"{stage}@example.org"])
        key = secrets.token_urlsafe(16)
        vault.put(f"platforms/{stage}/openspp", api_key=key)
        relay = SmtpRelay(users=users, certificate=certificates.good, port=relay_port + move)
        relays[stage] = stack.enter_context(relay)
        odoo[stage] = stack.enter_context(_odoo(ODOO[stage], stage, port + move, key, certificates.ca_file))
    # production has a mail server that somebody made by hand, under the name that we declare
    odoo["prod"].add("ir.mail_server", name="main", smtp_host="old-relay.example.org", smtp_port=25)
    odc = OdcStandIn(
        stages=("Development", "Test", "Production"), seed=ODC_SEED, address=("127.0.0.1", ports.ODC + move)
    )
    vault.put("platforms/odc", client_secret=stack.enter_context(odc).secret)
    o11, netbrain = _consoles(stack, vault, certificates, move)
    add_windows(stack, vault, certificates, move)
    return Lab(
        vault=vault,
        o11=o11,
        netbrain=netbrain,
        odoo=odoo,
        odc=odc,
        relays=relays,
        postfix=_postfix(stack, certificates.ca_file),
        environment=_environment(vault),
    )


def _sweep() -> None:
    """What labs have left that were killed."""
    for folder in LABS.glob("*"):
        if folder == WORK or not (folder.name.isdecimal() and _runs(int(folder.name))):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True


def _environment(vault: VaultServer) -> dict[str, str]:
    found = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TERM") if name in os.environ}
    for role in ("plan", "apply"):
        vault.policy(role, TOP / f"examples/vault/{role}.hcl")
        found[f"VAULT_TOKEN_{role.upper()}"] = vault.token(role)
    return found


def _trust() -> None:
    """Turns on the line with the lab's authority: in the files that we ship it would name a file that is not there."""
    for path in (WORK / "environments").glob("*/*.yaml"):
        path.write_text(path.read_text("utf-8").replace("# ca_file: ", "ca_file: "), "utf-8")


def _odoo(version: int, stage: str, port: int, key: str, ca_file: str) -> OdooStandIn:
    robot = User(
        login="reconciler", password=secrets.token_urlsafe(16), email="it@example.org", group="system", api_key=key
    )
    return OdooStandIn(version=version, database=stage, port=port, users=[robot], ca_file=ca_file)


def _postfix(stack: ExitStack, ca_file: str) -> Postfix | None:
    """Its folder goes into the copy of its target, or the target goes."""
    target = WORK / "environments/prod/mta.yaml"
    if Postfix.missing():
        target.unlink()
        return None
    found = stack.enter_context(Postfix())
    shutil.copy(ca_file, Path(found.directory) / "ca.pem")
    target.write_text(target.read_text("utf-8").replace("/etc/postfix-demo", found.directory), "utf-8")
    return found


def _consoles(
    stack: ExitStack, vault: VaultServer, certificates: pki.Pki, move: int
) -> tuple[O11StandIn, NetBrainStandIn] | tuple[None, None]:
    """Where a browser is; else their targets go."""
    if browser.missing():
        for name in CONSOLES:
            (WORK / "environments" / name).unlink()
        return None, None
    own_map.copied(WORK / own_map.MAP.relative_to(TOP))
    o11 = stack.enter_context(O11StandIn(port=ports.O11 + move))
    netbrain = stack.enter_context(NetBrainStandIn(port=ports.NETBRAIN + move, tls=certificates.good))
    # somebody has set all of it but the relay, and has pressed the button that this tool leaves to people
    o11.edit(server="old-relay.example.org", port="25", sender="no-reply@example.org", sender_name="Example")
    o11.edit(redirect=True, test_list="qa@example.org", hostname="apps.test.example.org")
    netbrain.edit(by="somebody", server="192.0.2.25", sender="old@example.org")
    vault.put("platforms/o11", password=o11.secret)
    vault.put("platforms/netbrain", password=netbrain.secret)
    return o11, netbrain


def add_windows(stack: ExitStack, vault: VaultServer, certificates: pki.Pki, move: int = 0) -> None:
    """Where the libraries are; else their targets go."""
    if not windows.missing():
        windows.start(stack, vault, certificates, WORK / "lab", move)
        return
    for name in windows.TARGETS:
        (WORK / "environments" / name).unlink()
