"""SharePoint farms by PowerShell remoting, against the lab's servers: seconds and calls. Exits with 1 on a miss.

The servers run in a process of their own; each script takes WAIT seconds there, as a farm's shell does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from measured import CHECKOUT, Command, once, tool

WAIT = 2.0  # seconds
FARMS, WEB_APPLICATIONS = 10, 50
BEYOND, RATIO = 1.0, 1.5  # seconds beyond the script's own; times that of one farm
MAIL = {"host": "smtp.example.com", "port": 25, "encryption": "none", "auth": "none"}
_SERVERS = """\
import json, sys, time
from contextlib import ExitStack
from pathlib import Path
from lab.servers.windows import farm
from lab.servers.windows.farm_site import FarmSite
folder, farms, count, wait, password = Path(sys.argv[1]), *map(int, sys.argv[2:4]), float(sys.argv[4]), sys.argv[5]
mail = {"host": "smtp.example.com", "port": 25, "tls": False, "from": "a@example.com"}
with ExitStack() as stack:
    sites = []
    for number in range(farms):
        address = f"127.0.{number + 1}.1"
        urls = [f"https://w{one}.f{number}.example/" for one in range(count)]
        made = farm("2019", urls=urls, servers=(address,))
        for one in made.applications:
            one.update(mail)
        site = stack.enter_context(FarmSite(made, folder / str(number), password=password))
        site.servers[0].before = lambda call: time.sleep(wait)
        sites.append(site)
    print(json.dumps([site.connection() for site in sites]), flush=True)
    for line in sys.stdin:
        if line == "edit\\n":   # a web application of the first farm, by hand
            sites[0].farm.applications[-1]["reply_to"] = "by-hand@example.com"
        print(json.dumps([{"ran": site.ran, "calls": site.servers[0].endpoint.calls} for site in sites]), flush=True)
        for site in sites:
            site.servers[0].ran.clear()
            site.servers[0].endpoint.calls.clear()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    what: str
    value: float
    limit: float
    unit: str
    more: str = ""

    @property
    def met(self) -> bool:
        return self.value <= self.limit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    password = os.urandom(9).hex()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; medians of {arguments.repeat}", flush=True)
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as name, _servers(Path(name), password) as servers:
        rows = list(_rows(Path(name).resolve(), servers, password, arguments.repeat))
    for row in rows:
        verdict = "ok" if row.met else "MISSED"
        print(f"{row.what:62} {row.value:7.2f} {row.unit:5} limit {row.limit:g}: {verdict}  {row.more}")
    return 0 if all(row.met for row in rows) else 1


def _rows(folder: Path, servers: Servers, password: str, repeat: int) -> Iterator[Row]:
    one, all_ = folder / "one", folder / "all"
    _landscape(one, servers.connections[:1])
    _landscape(all_, servers.connections)
    plan = _command(one, password, "plan", says=f"{WEB_APPLICATIONS + 1} in sync")
    side_by_side = _command(all_, password, "plan", says=f"{FARMS * (WEB_APPLICATIONS + 1)} in sync")
    once(plan)  # warms caches
    servers.told("count")
    singles = [once(plan) for _ in range(repeat)]
    counted = servers.told("count")[0]
    yield Row(
        what=f"plan, a farm of {WEB_APPLICATIONS} web applications, beyond the script's {WAIT:g} s",
        value=median(figure.seconds for figure in singles) - WAIT,
        limit=BEYOND,
        unit="s",
        more=f"cpu {median(figure.busy for figure in singles):.2f} s",
    )
    commands = counted["calls"].count("Command") / repeat
    yield Row(what="  its remote commands", value=commands, limit=1, unit="")
    yield from _applied(one, servers, password)
    together = [once(side_by_side) for _ in range(repeat)]
    ratio = median(figure.seconds for figure in together) / median(figure.seconds for figure in singles)
    told = f"{median(figure.seconds for figure in together):.2f} s, cpu {median(one.busy for one in together):.2f} s"
    yield Row(what=f"plan, {FARMS} farms side by side, by one alone", value=ratio, limit=RATIO, unit="times", more=told)


def _applied(folder: Path, servers: Servers, password: str) -> Iterator[Row]:
    """One of fifty was changed by hand: what an apply runs there."""
    servers.told("edit")
    apply = _command(folder, password, "apply", "--auto-approve", "--allow", "unverified", says="Applied 1, failed 0")
    figure = once(apply)
    ran = servers.told("count")[0]["ran"]
    writes = len(ran) - ran.count("read.ps1")
    yield Row(what="apply, one of them changed by hand: scripts that write", value=writes, limit=1, unit="")
    more = f"{figure.seconds:.2f} s; plan, read again, read back"
    yield Row(what="  and scripts that read", value=ran.count("read.ps1"), limit=3, unit="", more=more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    process: subprocess.Popen[str]
    connections: list[dict[str, Any]]

    def told(self, what: str) -> list[dict[str, Any]]:
        """`count` or `edit`; what arrived at each farm since the last time."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        found: list[dict[str, Any]] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def _servers(folder: Path, password: str) -> Iterator[Servers]:
    words = [str(folder), str(FARMS), str(WEB_APPLICATIONS), str(WAIT), password]
    environ = {**os.environ, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'examples'}"}
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _SERVERS, *words]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environ, bufsize=1) as process:
        assert process.stdout
        yield Servers(process=process, connections=json.loads(process.stdout.readline()))
        process.communicate(timeout=30)  # ends with its input


def _landscape(folder: Path, connections: list[dict[str, Any]]) -> None:
    environment = folder / "environments/dev"
    environment.mkdir(parents=True)
    (environment.parent / "reconciler.yaml").write_text("version: 1\nstate: {backend: file, path: .reconciler}\n")
    (environment / "environment.yaml").write_text("order: 10\nverify: {from: nowhere}\n")  # no relay is contacted
    mail = {**MAIL, "sender": {"address": "a@example.com"}, "reply_to": None}
    for number, connection in enumerate(connections):
        urls = (f"https://w{one}.f{number}.example" for one in range(WEB_APPLICATIONS))
        document = {"platform": "sharepoint", "connection": connection, "farm": mail}
        document["web_applications"] = dict.fromkeys(urls, mail)
        (environment / f"farm-{number}.yaml").write_text(json.dumps(document, indent=1))  # JSON is YAML


def _command(folder: Path, password: str, *arguments: str, says: str) -> Command:
    # with the extra `kerberos`, a login asks the DNS of this machine for a realm that is none
    realm = folder / "krb5.conf"
    realm.write_text("[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n")
    environ = {"PYTHONPATH": str(CHECKOUT), "LOGIN": password, "KRB5_CONFIG": str(realm)}
    return Command(arguments=(tool("reconciler"), *arguments), folder=folder, environ=environ, says=says)


if __name__ == "__main__":
    sys.exit(main())
