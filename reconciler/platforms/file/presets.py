"""What is known of applications: `presets/<name>.yaml`, one data file each, with the source of every key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from reconciler.model.finding import Severity
from reconciler.model.settings import Tree
from reconciler.model.text.scalar import Scalar
from reconciler.platforms.file.deciders import Decider


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What an application cannot do or does not tell: said where `when` is declared, and not `unless` beside it.

    A list in them is any of its values, a text between slashes a regular expression.
    """

    when: Mapping[str, Any]
    unless: Mapping[str, Any]
    severity: Severity
    rule: str
    what: str
    why: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """`file` and `since` are for people: which file of the application this is, and from which version on. `reader` is
    what the application reads it with, `client` the mail client that it sends with, `absent` what it takes for a key
    that is not there. `login` says what makes it log in: `setting` (a key of its own, for `auth`), `username`, or
    `both`, user name and password; `mechanism` is the one that it uses where none is declared. `deciders` are other
    keys by which it goes."""

    name: str
    application: str
    file: str
    since: str
    sources: tuple[str, ...]
    format: str
    reader: str
    client: str
    login: str
    mechanism: str | None
    keys: Mapping[str, Tree]
    absent: Mapping[str, Scalar]
    limits: tuple[Limit, ...]
    deciders: tuple[Decider, ...] = ()


def names() -> tuple[str, ...]:
    found = (entry.name for entry in (files(__package__) / "presets").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")))


@cache
def preset(name: str) -> Preset:
    """The schema lets no unknown name pass."""
    import yaml

    text = (files(__package__) / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # safe, and ours
    return Preset(
        name=name,
        application=data["application"],
        file=data["file"],
        since=str(data["since"]),
        sources=tuple(data["sources"]),
        format=data["format"],
        reader=data["reader"],
        client=data["client"],
        login=data.get("login", "setting"),
        mechanism=data.get("mechanism"),
        keys=data["keys"],
        absent=data.get("absent", {}),
        limits=tuple(
            Limit(**{"unless": {}, **limit, "severity": Severity(limit["severity"])})
            for limit in data.get("limits", ())
        ),
        deciders=tuple(_decider(key, row) for key, row in data.get("decides", {}).items()),
    )


def _decider(key: str, row: Mapping[str, Any]) -> Decider:
    return Decider(**{**row, "key": key, "over": tuple(row["over"]), "unless": tuple(row.get("unless", ()))})
