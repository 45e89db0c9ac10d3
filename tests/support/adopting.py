"""A target that says only where its platform is, adopted and planned: what a team does on its first day."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reconciler.model.change import Action, FieldKind
from reconciler.model.plan import Plan
from reconciler.testing import Subject
from support.commandline import inside
from support.site import Site

UNIT = "prod/it"
Made = Callable[[Path], AbstractContextManager[Subject]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """`found` is the document of `--format json`, `content` what the target's file says in the end."""

    text: str
    found: Any
    content: Any
    plan: Plan

    @property
    def changed(self) -> set[str]:
        """What the plan would change beside secrets, and what nobody was told of: `resource field`."""
        noted = {
            f"{one['address']} {name}"
            for one in self.found["resources"]
            for name, note in one["notes"].items()
            if "a plan will show" in note
        }
        seen = {
            f"{change.address} {field.field}"
            for change in self.plan.changes
            for field in change.fields
            if not field.sensitive and field.kind is not FieldKind.UNKNOWN
        }
        return seen - noted

    @property
    def actions(self) -> set[Action]:
        return {change.action for change in self.plan.changes}


def adopted(site: Site, kind: str, connection: Mapping[str, Any], environment: str = "", target: str = "") -> Adopted:
    """`environment` and `target` are what stands in these files beside the least that must."""
    site.stage("prod", 30, environment)
    head = yaml.safe_dump({"platform": kind, "connection": dict(connection)}, sort_keys=False)
    site.write(f"{UNIT}.yaml", head)
    file = site.root / f"{UNIT}.yaml"
    file.write_text(head + target, encoding="utf-8")
    found = inside("adopt", UNIT, "--format", "json")
    shown, done = inside("adopt", UNIT), inside("adopt", UNIT, "--write")
    assert (shown.code, done.code) == (0, 0), shown.text + done.text
    valid = inside("validate")
    assert valid.code == 0, valid.text + file.read_text("utf-8")
    content = yaml.safe_load(file.read_text("utf-8"))
    return Adopted(text=shown.out, found=found.json, content=content, plan=site.plan())


def subjects() -> Iterator[tuple[str, Made]]:
    """Every subject of `lab.subjects`, in each of its variants."""
    if importlib.util.find_spec("lab.subjects") is None:
        return
    for module in pkgutil.iter_modules(importlib.import_module("lab.subjects").__path__):
        found = importlib.import_module(f"lab.subjects.{module.name}")
        made: Mapping[str, Made] = getattr(found, "VARIANTS", None) or (
            {"": found.subject} if hasattr(found, "subject") else {}
        )
        # what only a person reads is adopted by nobody
        yield from ((f"{module.name} {name}".strip(), one) for name, one in made.items() if name != "guided")
