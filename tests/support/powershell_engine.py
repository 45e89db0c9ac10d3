"""Runs the cases by a real PowerShell behind WinRM on loopback, and keeps what came of them by the script's hash.

`python -m support.powershell_engine` renews `tests/recordings/powershell` (make record-powershell).
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from lab.servers.windows import DOMAIN, USER, WindowsServer, authority, engine
from lab.servers.windows.standin import MODULES

from reconciler.drivers.powershell import pool
from reconciler.drivers.powershell.answer import Ended
from reconciler.drivers.powershell.scripts import Script, script
from reconciler.drivers.powershell.server import Server
from reconciler.drivers.powershell.session import Session
from reconciler.model.secret import SecretValue
from support import powershell_cases, powershell_offline
from support.powershell_cases import SECRETS, Case

FOLDER = Path(__file__).parents[1] / "recordings/powershell"
_LOAD = "if (-not (Get-Command Set-LabFarm -ErrorAction Ignore)) { Add-PSSnapin -Name Microsoft.SharePoint.PowerShell }"
PUT = {
    "sharepoint": Script(name="put", text=f"param([string]$Json)\n{_LOAD}\nSet-LabFarm -Json $Json"),
    "windows_smtp": Script(name="put", text="param([string]$Json)\nSet-LabMachine -Json $Json"),
}
GET = {
    "sharepoint": Script(name="get", text="param()\nGet-LabFarm"),
    "windows_smtp": Script(name="get", text="param()\nGet-LabMachine"),
}
_MODULES = {"SE": "module", "windows": "smtp"}
Run = Callable[[Case], dict[str, Any]]


@contextmanager
def engine_session(
    version: str, pwsh: str, environment: Mapping[str, str] | None = None, configuration: Path | None = None
) -> Iterator[Session]:
    """On a server whose engine is real, of one version of the farm; `windows` is a server with the SMTP service."""
    modules = MODULES / _MODULES.get(version, "snapin")
    with tempfile.TemporaryDirectory() as folder:
        ca_file, context = authority(Path(folder), "localhost")
        with WindowsServer({}, password="engine-l0gin", tls=context) as there:
            mine = {"LAB_SHAREPOINT": version, "PSModulePath": str(modules)}
            mine |= environment or {}
            there.engine = engine.Engine(pwsh=pwsh, environment=mine, configuration=configuration)
            server = Server(
                host="localhost",
                port=there.port,
                username=f"{DOMAIN}\\{USER}",
                password=SecretValue("engine-l0gin"),
                ca_file=ca_file,
                timeout=180.0,  # a busy machine compiles the lab's cmdlets in as much
            )
            try:
                yield Session(server=server, reads=frozenset({ours("sharepoint", "probe").digest}))
            finally:
                pool.close_all()


@contextmanager
def engine_of(version: str, pwsh: str) -> Iterator[Run]:
    """What a case leaves, as it is recorded."""
    with engine_session(version, pwsh) as session:
        mine = pool.pool(session.server)
        yield lambda case: _recorded(mine, case)


def _recorded(mine: pool.Pool, case: Case) -> dict[str, Any]:
    mine.run(PUT[case.platform], {"Json": json.dumps(case.before)}, reads=False)
    given = {name: SecretValue(value) if _secret(name, value) else value for name, value in case.given.items()}
    ended = mine.run(ours(case.platform, case.script), given, reads=False)
    after = json.loads(str(mine.run(GET[case.platform], {}, reads=False).output[0]))
    return {
        "case": case.name,
        "version": case.version,
        "given": dict(case.given),
        "before": dict(case.before),
        "after": after,
        **_said(ended),
    }


def _said(ended: Ended) -> dict[str, Any]:
    output = [json.loads(str(one)) for one in ended.output]
    return {"completed": ended.completed, "output": output, "errors": [one.id for one in ended.errors]}


def _secret(name: str, value: Any) -> bool:
    return name in SECRETS and isinstance(value, str)


def key(case: Case | Mapping[str, Any]) -> tuple[str, str]:
    """What tells one recording of a script from another."""
    return (case.version, case.name) if isinstance(case, Case) else (case["version"], case["case"])


def ours(platform: str, name: str) -> Script:
    return script(f"reconciler.platforms.{platform}", name)


def file(platform: str, name: str) -> Path:
    return FOLDER / f"{platform}-{name}-{ours(platform, name).digest[:16]}.json"


def runner() -> Path:
    """Of `run.ps1`, by its hash and those of the scripts that it runs in these cases."""
    texts = [script("reconciler.drivers.powershell", "run"), *(ours("sharepoint", one) for one in ("key", "write"))]
    digest = hashlib.sha256("".join(one.digest for one in texts).encode()).hexdigest()
    return FOLDER / f"offline-run-{digest[:16]}.json"


def recordings(platform: str, name: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Of a script as it is now. FileNotFoundError where it was never run in this form."""
    return {key(one): one for one in json.loads(file(platform, name).read_text("utf-8"))}


def comparable(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Without the engine's own words."""
    output = [{**one, "error": _error(one["error"])} for one in recorded["output"]]
    return {**recorded, "output": output}


def _error(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if said is None else {name: said[name] for name in ("id", "step", "types")}


def main() -> None:
    pwsh = engine.found()
    if pwsh is None:
        raise SystemExit("no PowerShell here: set RECONCILER_PWSH, or put pwsh on the PATH")
    made: dict[tuple[str, str], list[dict[str, Any]]] = {}
    everything = sorted(powershell_cases.cases(), key=lambda case: case.version)
    for version, some in groupby(everything, key=lambda case: case.version):
        with engine_of(version, pwsh) as run:
            for case in some:
                made.setdefault((case.platform, case.script), []).append(run(case))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for place, found in made.items():
        text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
        file(*place).write_text(f"{text}\n", "utf-8")
        print(f"{file(*place).name}: {len(found)} cases")  # noqa: T201  # a command of its own
    carried = {name: _carried(name, pwsh) for name in powershell_offline.CASES}
    runner().write_text(json.dumps(carried, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


def _carried(name: str, pwsh: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return powershell_offline.carried_out(Path(folder), name, pwsh).recorded()


if __name__ == "__main__":
    main()
