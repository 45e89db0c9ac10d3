"""Scripts and their parameters as files, for a server that nothing reaches: a person carries them there and runs them.

The scripts are the same texts that remoting runs. No file holds a secret: `run.ps1` asks for it, by its reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.drivers.powershell.scripts import Script, script
from reconciler.drivers.powershell.values import Parameter
from reconciler.errors import PlatformRefused
from reconciler.model.attestation import File
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection

DRIVER = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """An id that only the server knows: that of the row in a list of `read.ps1` whose `property` is `value`."""

    read: Script
    list: str
    property: str
    value: str | bool
    parameter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One run of a script. `note` says where, and what has to come of it before the next."""

    script: Script
    note: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    secrets: Mapping[str, SecretRef] = field(default_factory=dict)
    find: Find | None = None


def asked(connection: Connection) -> bool:
    return connection.get("driver") == DRIVER


def days(connection: Connection) -> int | None:
    found = connection.get("attestation_days")
    return found if isinstance(found, int) else None


def files(steps: Sequence[Step]) -> tuple[File, ...]:
    """Raises PlatformRefused for a value that must not stand in a file."""
    run = script(__package__, "run")
    scripts = {one.name: one for step in steps for one in (run, *_scripts(step))}
    orders = {_name(number, step): _order(step) for number, step in enumerate(steps, 1)}
    return (
        File(name="README.txt", text=_readme(steps)),
        *(File(name=name, text=text) for name, text in orders.items()),
        *(File(name=one.name, text=one.text) for one in scripts.values()),
    )


def _order(step: Step) -> str:
    """In ASCII: Windows PowerShell 5.1 takes a file without a mark for one in the country's own code page."""
    find = step.find
    document = {
        "script": step.script.name,
        "sha256": {one.name: one.digest for one in _scripts(step)},
        "parameters": {name: _plain(name, value) for name, value in step.parameters.items()},
        "secrets": {name: f"the secret {reference}" for name, reference in step.secrets.items()},
        "find": find
        and {"list": find.list, "property": find.property, "value": find.value, "parameter": find.parameter},
    }
    return json.dumps(document, indent=2) + "\n"


def _readme(steps: Sequence[Step]) -> str:
    lines = ["In this folder, in this order; each answers with a document in which ok is true.", ""]
    for number, step in enumerate(steps, 1):
        lines += [
            f"{number}. {step.note}",
            f"   powershell -NoProfile -File .\\run.ps1 -Order {_name(number, step)}",
            "",
        ]
    return "\n".join([*lines, "Then: reconciler attest, as apply said."]) + "\n"


def _scripts(step: Step) -> tuple[Script, ...]:
    return (step.script, step.find.read) if step.find else (step.script,)


def _name(number: int, step: Step) -> str:
    return f"{number}-{step.script.name.removesuffix('.ps1')}.json"


def _plain(name: str, value: Parameter) -> object:
    if isinstance(value, str):
        return _text(name, value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, list | tuple):
        return [_text(name, one) for one in value]
    raise PlatformRefused(f"{name}: this value cannot be written to a file")


def _text(name: str, value: str) -> str:
    """ConvertFrom-Json makes a date of what looks like one, and the script would get it back in another form."""
    if _A_DATE.match(value):
        raise PlatformRefused(f"{name}: {value} would become a date on the server", fix="set it there by hand")
    return value


_A_DATE = re.compile(r"\d{4}-\d\d-\d\dT|/Date\(")
