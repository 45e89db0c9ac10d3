"""The first text of a target's file: header, platform and connection, from the example of the platform's schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any

from reconciler import platforms
from reconciler.errors import UsageError
from reconciler.model.finding import Finding
from reconciler.pipeline import guard
from reconciler.views.adopt import flow

_PLACES = ("url", "portal", "path", "host", "ssh")  # where an installation is, by the words of its platform
_FILE = "file"
MARK = "   # "  # before what somebody has to look at


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`name` is the platform as somebody typed it, `unit` the target, `where` its address; None takes the example's.

    `stored` says whether there is a secret store; `schema` is the path of the editors' schema from the file, if any.
    """

    name: str
    unit: str
    where: str | None
    stored: bool
    schema: str | None


def text(wanted: Wanted) -> str:
    """Raises UsageError for a platform that nobody knows, with the nearest; for one that needs no place, too."""
    kind, connection = _connection(wanted)
    head = [f"# yaml-language-server: $schema={wanted.schema}"] if wanted.schema else []
    lines = [*head, f"platform: {kind}", "connection:", *_lines(connection, wanted)]
    lines += [f"# below: what it has, by reconciler adopt {wanted.unit} --write"]
    return "".join(f"{line}\n" for line in lines)


def _connection(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    known = platforms.known()
    if wanted.name in known:
        return wanted.name, _example(platforms.kind(wanted.name))
    example = _example(_FILE)
    presets = _schema(_FILE)["properties"]["connection"]["properties"]["preset"]["enum"]
    if wanted.name in presets:  # an application that reads a file which we know
        return _FILE, {"path": example["path"], "preset": wanted.name}
    near = get_close_matches(wanted.name, [*known, *presets], n=1)
    raise UsageError(
        f"unknown platform {wanted.name}",
        why=f"platforms: {', '.join(known)}; applications with a known file: {', '.join(presets)}",
        fix=f"did you mean {near[0]}?" if near else f"e.g. reconciler add file {wanted.unit} /etc/app/.env",
    )


def _example(kind: str) -> dict[str, Any]:
    described = _schema(kind).get("properties", {}).get("connection", {})
    examples = described.get("examples") or [{}]
    return dict(examples[0]) if isinstance(examples[0], Mapping) else {}


def _schema(kind: str) -> Any:
    file = guard.answer_or_finding(kind, partial(platforms.schema, kind))
    if file is None or isinstance(file, Finding):
        raise UsageError(f"platform {kind} cannot be loaded", fix=file.fix if file else None)
    return json.loads(file.read_text(encoding="utf-8"))


def _lines(connection: Mapping[str, Any], wanted: Wanted) -> Iterator[str]:
    place = next((key for key in _PLACES if key in connection), None)
    if wanted.where is not None and place is None:
        raise UsageError(f"{wanted.name}: no address is needed here", fix=f"leave out {wanted.where}")
    for key, value in connection.items():
        if key == place and wanted.where is not None:
            yield f"  {key}: {flow(wanted.where)}"
        elif isinstance(value, Mapping) and value.keys() & {"vault", "env", "file"}:
            yield f"  {key}: {_reference(key, wanted)}{MARK}TODO: put the secret there, or refer to where it is"
        elif key == "preset":
            yield f"  {key}: {flow(value)}"
        else:
            yield f"  {key}: {flow(value)}{MARK}an example: correct it"


def _reference(key: str, wanted: Wanted) -> str:
    if wanted.stored:
        return flow({"vault": f"platforms/{wanted.unit}#{key}"})
    return flow({"env": re.sub(r"[^A-Z0-9]+", "_", f"{wanted.unit}_{key}".upper())})
