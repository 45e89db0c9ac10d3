"""Draws docs/architecture.svg from the import graph: rooms in the layers of the import contracts, and who imports whom.

    python docs/architecture.py          # writes the picture
    python docs/architecture.py --check  # exits with 1 when it is stale

An arrow that a longer way says already is left out, and so are those to model and errors, which everybody imports.
"""

from __future__ import annotations

import itertools
import sys
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import grimp
from architecture_svg import Arrows, Box, svg

TOP = Path(__file__).resolve().parents[1]
PICTURE = Path(__file__).with_suffix(".svg")
ROOT = "reconciler"
# what a package is for, under its name; the page has a paragraph each
ROLES = {
    "cli": "one file per command; the only place that prints and exits",
    "testing": "the contract of a platform",
    "api": "the face for packages that bring one",
    "views": "formats, asks nobody",
    "pipeline": "the stages, data one way",
    "platforms": "what settings mean on each platform",
    "smtp": "the live handshake",
    "oauth": "access tokens",
    "drivers": "how a platform is reached",
    "state": "what was applied last, and locks",
    "secrets": "stores, and who may open what",
    "network": "HTTP with bounds, for all that speak it",
    "model": "frozen data, imported by all",
    "errors": "and their exit codes, imported by all",
}
EVERYWHERE = ("model", "errors")  # imported by all: no arrows

Layers = tuple[tuple[str, ...], ...]


def main() -> int | str:
    drawn = picture()
    if sys.argv[1:] == ["--check"]:
        fresh = PICTURE.exists() and PICTURE.read_text("utf-8") == drawn
        return 0 if fresh else f"{PICTURE.name} is stale: run python docs/architecture.py"
    PICTURE.write_text(drawn, encoding="utf-8")
    return 0


def picture() -> str:
    """The SVG. The same graph gives the same text."""
    graph = grimp.build_graph(ROOT, cache_dir=None, exclude_type_checking_imports=False)
    contracts = _side_by_side(graph) | _contracts()
    rooms = {module: tuple(_rooms(module, contracts)) for module in graph.modules}
    imports = {
        pair
        for module in graph.modules
        for other in graph.find_modules_directly_imported_by(module)
        for pair in zip(rooms[module], rooms[other], strict=False)
    }
    modules = Counter(name for names in rooms.values() for name in ("", *names))
    return svg(_package(ROOT, contracts, imports, modules))


def _contracts() -> dict[str, Layers]:
    """The layers of each package that has some, from the top down."""
    declared = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return {
        (found := (one["containers"] or [ROOT])[0]): tuple(_layer(found, text) for text in one["layers"])
        for one in declared
        if one["type"] == "layers"
    }


def _side_by_side(graph: grimp.ImportGraph) -> dict[str, Layers]:
    """The folders of packages, for those that have no layers: they do not know each other."""
    found: dict[str, tuple[str, ...]] = {}
    for package in sorted(graph.find_children(ROOT)):
        folders = sorted(one for one in graph.find_children(package) if graph.find_children(one))
        if len(folders) > 1:
            found[package] = tuple(one.rpartition(".")[2] for one in folders)
    return {package: (folders,) for package, folders in found.items()}


def _layer(package: str, text: str) -> tuple[str, ...]:
    """The commands stand side by side and do not know each other: one box."""
    names = [name.strip().removeprefix(f"{ROOT}.") for name in text.replace(":", "|").split("|")]
    if package == f"{ROOT}.cli" and len(names) > 1:
        return ("commands|" + "|".join(names),)
    return tuple(names)


def _rooms(module: str, contracts: Mapping[str, Layers]) -> Iterator[str]:
    """The package and the room in it, as deep as there are contracts: "pipeline", "pipeline.plan"."""
    parts = module.split(".")
    if len(parts) < 2 or parts[1].startswith("_"):
        return
    yield parts[1]
    for layer in contracts.get(f"{ROOT}.{parts[1]}", ()):
        yield from (f"{parts[1]}.{name}" for name in layer if len(parts) > 2 and parts[2] in name.split("|"))


def _package(
    name: str, contracts: Mapping[str, Layers], imports: Iterable[tuple[str, str]], modules: Counter[str]
) -> Box:
    prefix = "" if name == ROOT else f"{name.removeprefix(f'{ROOT}.')}."
    layers = [[prefix + room for room in layer] for layer in contracts[name]]
    mine = {room for layer in layers for room in layer}
    arrows = _reduced({pair for pair in imports if set(pair) <= mine and pair[0] != pair[1]})
    rows = [
        [
            _package(f"{ROOT}.{room}", contracts, imports, modules)
            if f"{ROOT}.{room}" in contracts
            else Box(name=room, role=ROLES.get(room, ""), modules=modules[room])
            for room in layer
        ]
        for layer in layers
    ]
    name = prefix[:-1]
    return Box(
        name=name, role=ROLES.get(name, ""), modules=modules[name], rows=_with_lanes(rows, arrows), arrows=arrows
    )


def _reduced(arrows: set[tuple[str, str]]) -> Arrows:
    """Without those to what everybody imports, and without those that a longer way says already."""
    kept = {(one, other) for one, other in arrows if other not in EVERYWHERE}
    return frozenset(pair for pair in kept if not _reachable(pair, kept - {pair}))


def _reachable(pair: tuple[str, str], arrows: set[tuple[str, str]]) -> bool:
    seen, ahead = set[str](), [pair[0]]
    while ahead:
        seen.add(at := ahead.pop())
        ahead += [other for one, other in arrows if one == at and other not in seen]
    return pair[1] in seen


def _with_lanes(rows: list[list[Box]], arrows: Arrows) -> list[list[Box]]:
    """An arrow over more than one row gets a lane in each between; then rows are ordered so that few arrows cross."""
    level = {box.name: at for at, row in enumerate(rows) for box in row}
    for one, other in sorted(arrows):
        for at in range(level[one] + 1, level[other]):
            rows[at].append(Box(name=f"{one}>{other}", through=True))
    links = {
        pair
        for one, other in arrows
        for way in [[one, *[f"{one}>{other}"] * (level[other] - level[one] - 1), other]]
        for pair in itertools.pairwise(way)
    }
    for _ in range(4):
        for at in (*range(len(rows)), *reversed(range(len(rows)))):
            around = [rows[beside] for beside in (at - 1, at + 1) if 0 <= beside < len(rows)]
            # min keeps the first of equals: the order of the contract
            rows[at] = min(map(list, itertools.permutations(rows[at])), key=lambda row: _crossings(row, around, links))
    return rows


def _crossings(row: Sequence[Box], around: Iterable[Sequence[Box]], links: Collection[tuple[str, str]]) -> int:
    """How many pairs of arrows cross between a row and the rows beside it."""
    found = 0
    for other in around:
        ends = [
            (at, there)
            for at, one in enumerate(row)
            for there, two in enumerate(other)
            if (one.name, two.name) in links or (two.name, one.name) in links or one.name == two.name
        ]
        found += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in itertools.combinations(ends, 2))
    return found


if __name__ == "__main__":
    sys.exit(main())
