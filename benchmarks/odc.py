"""plan + apply of 100 stages of OutSystems Developer Cloud at 100 ms a call, against the stand-in.

The vendor allows 100 calls a minute, so a whole run takes minutes of waiting: they are shown apart. By default the
limit is lifted on both sides, which leaves our own time; --limited keeps it, and takes as long as it takes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from measured import CHECKOUT, Command, Figure, once

LIMIT = 2.0  # seconds, apart from waiting for the rate limit
_CENTRAL = "version: 1\nstate: {backend: file, path: .reconciler, persistent: true}\n"
_ENVIRONMENT = """\
order: 10
relays:
  submission:
    host: smtp.example.com
    port: 587
    encryption: starttls
    auth: basic
    username: app
    password: {env: MAIL, version: 1}
sender: {address: no-reply@example.com, name: Example}
verify: {level: auth, from: nowhere}   # no relay is contacted here
"""
_SERVER = """\
import json, sys
from lab.servers.odc import OdcStandIn
count, latency, limited = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "limited"
more = {} if limited else {"limits": None}
with OdcStandIn(stages=[f"s{number}" for number in range(count)], apps=(), latency=latency, **more) as odc:
    print(json.dumps({"connection": odc.connection("s0"), "secret": odc.secret}), flush=True)
    for line in sys.stdin:
        if line == "back\\n":   # as before the first apply
            for number in range(count):
                for setting in ("host", "username", "sender.address", "sender.name"):
                    odc.edit(setting, "old", f"s{number}")
        print(json.dumps({"calls": len(odc.calls), "writes": odc.writes, "refused": odc.limits.refused}), flush=True)
        odc.forget_calls()
"""
_LIFTED = """\
import sys
from reconciler.platforms.outsystems_odc import portal
portal.LIMITS, portal.POSTS = dict.fromkeys(portal.LIMITS, 10**6), {}
from reconciler.cli.main import main
main()
"""


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="reconciler-bench-") as name, _server(arguments) as server:
        folder = Path(name).resolve()
        told = json.loads(_line(server))
        _landscape(folder, told["connection"], arguments.stages)
        command = _command(folder, told["secret"], arguments)
        _asked(server, "back")
        once(command) if arguments.repeat > 1 else None
        figures, calls = [], {}
        for _ in range(arguments.repeat):
            _asked(server, "back")
            figures.append(_run(command, folder))
            calls = _asked(server, "count")
    return _tell(figures, calls, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stages", type=int, default=100)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds a call takes")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--limited", action="store_true", help="keep the vendor's limit: 100 calls a minute")
    return parser.parse_args()


def _server(arguments: argparse.Namespace) -> subprocess.Popen[str]:
    words = [str(arguments.stages), str(arguments.latency), "limited" if arguments.limited else "lifted"]
    environ = {**os.environ, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'examples'}"}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", _SERVER, *words], stdin=pipe, stdout=pipe, text=True, env=environ, bufsize=1
    )


def _line(server: subprocess.Popen[str]) -> str:
    assert server.stdout
    return server.stdout.readline()


def _asked(server: subprocess.Popen[str], what: str) -> dict[str, int]:
    assert server.stdin
    server.stdin.write(f"{what}\n")
    server.stdin.flush()
    found: dict[str, int] = json.loads(_line(server))
    return found


def _landscape(folder: Path, connection: dict[str, object], count: int) -> None:
    environment = folder / "environments" / "dev"
    environment.mkdir(parents=True)
    (environment.parent / "reconciler.yaml").write_text(_CENTRAL)
    (environment / "environment.yaml").write_text(_ENVIRONMENT)
    for number in range(count):
        own = connection | {"stage": f"s{number}", "client_secret": {"env": "ODC"}}
        document = {"platform": "outsystems-odc", "connection": own, "stage": {"relay": "submission"}}
        (environment / f"odc-{number}.yaml").write_text(json.dumps(document, indent=1))  # JSON is YAML


def _command(folder: Path, secret: str, arguments: argparse.Namespace) -> Command:
    start = ["-m", "reconciler"] if arguments.limited else ["-c", _LIFTED]
    log = folder / "waits"
    words = [sys.executable, *start, "apply", "--auto-approve", "--allow", "unverified"]
    return Command(
        arguments=("sh", "-c", '"$@" 2>"$0"; code=$?; cat "$0"; exit $code', str(log), *words),
        folder=folder,
        environ={"PYTHONPATH": str(CHECKOUT), "ODC": secret, "MAIL": "bench"},
        says=f"Applied {arguments.stages}, failed 0",
    )


def _run(command: Command, folder: Path) -> tuple[Figure, float]:
    """The figure, and how many of its seconds were spent waiting, as the run itself says."""
    figure = once(command)
    found = re.search(r"^([0-9.]+) s of this run were spent waiting", (folder / "waits").read_text(), re.MULTILINE)
    return figure, float(found[1]) if found else 0.0


def _tell(figures: list[tuple[Figure, float]], calls: dict[str, int], arguments: argparse.Namespace) -> int:
    total, waited = (median(values) for values in zip(*((one.seconds, wait) for one, wait in figures), strict=True))
    busy = median(one.busy for one, _ in figures)
    ours = total - waited
    limit = "100 calls a minute" if arguments.limited else "limit: lifted here"
    verdict = "ok" if ours <= LIMIT else "MISSED"
    print(f"plan + apply, {arguments.stages} ODC stages, {arguments.latency * 1000:.0f} ms a call, {len(figures)} runs")
    print(f"  in all   {total:8.2f} s   medians")
    print(f"  waiting  {waited:8.2f} s   for the vendor's {limit}")
    print(f"  ours     {ours:8.2f} s   limit {LIMIT:g} s: {verdict}; {busy:.2f} s of the processor")
    print(f"  calls    {calls['calls']:8}     {calls['writes']} of them writes, {calls['refused']} refused")
    return 0 if ours <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
