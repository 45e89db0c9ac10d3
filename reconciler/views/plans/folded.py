"""What has one cause as a few lines of text: what moves, in whom, and what is to be decided about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from reconciler.model.change import Action, Change, FieldChange
from reconciler.model.finding import Finding, Severity
from reconciler.views import settings
from reconciler.views.paper import Paper, Row, columns, plural
from reconciler.views.plans.causes import Group, Move, Told, Unread

_MOST = 8  # of settings, platforms, stages
_NAMES = 3
_WORDS = {Action.CREATE: "create", Action.ADOPT: "adopt"}


def headline(group: Group) -> str:
    """`relay submission: 200 resources of 4 platforms`."""
    kinds = {change.kind for change in group.changes}
    told = f"{', '.join(group.through)}: {plural(len(group.changes), 'resource')}"
    told += f" of {len(kinds)} platforms" if len(kinds) > 1 else ""
    return f"{_WORDS[group.action]}, {told}" if group.action in _WORDS else told


def moves(group: Group) -> list[Move]:
    """In the order in which people look at settings."""
    return sorted(group.moves, key=lambda move: settings.rank(move.one.field))


def planned(field: FieldChange) -> str:
    return settings.planned(field, new=False)


def moved(move: Move, group: Group, words: Callable[[FieldChange], str]) -> str:
    """What a setting becomes, from one value or from several."""
    if group.action is Action.CREATE:
        return settings.planned(move.one, new=True) + part_of(move, group)
    if len(move.before) > 1:
        return f"{len(move.before)} values → {version_or_value(move.one)}" + part_of(move, group)
    return words(move.one) + part_of(move, group)


def version_or_value(field: FieldChange) -> str:
    return settings.planned(field, new=True)


def part_of(move: Move, group: Group) -> str:
    """Where it is not all of them."""
    return f", in {move.count} of them" if move.count < len(group.changes) else ""


def rows(group: Group, words: Callable[[FieldChange], str] = planned) -> list[Row]:
    """The settings as columns of text; `words` tells what one becomes."""
    near = group.origin.position
    found = [settings.row(move.one, moved(move, group, words), near) for move in moves(group)]
    more = len(found) - _MOST
    return [*found[:_MOST], *([Row(name="…", value=f"and {more} more", place="", near="")] if more > 0 else [])]


def lines(group: Group, paper: Paper, told: Iterable[Told]) -> Iterator[str]:
    """Without its headline; `told` are the findings about it."""
    yield from columns(rows(group), paper, "      ")
    for kind, names in kinds(group.changes):
        yield paper.paint(f"      {kind}: {names}", "dim")
    for one in told:
        yield from finding(one.finding, paper, "      ", many=f" ({plural(len(one.of), 'resource')})")


def kinds(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """By platform: how many, and the first by name."""
    found: dict[str, list[str]] = {}
    for change in changes:
        found.setdefault(change.kind or "no platform", []).append(change.address.target)
    told = [(f"{kind} ×{len(names)}", some(names)) for kind, names in found.items()]
    more = len(told) - _MOST
    return [*told[:_MOST], *([("…", f"and {more} more platforms")] if more > 0 else [])]


def platforms(group: Group) -> list[tuple[str, int]]:
    """The most frequent first."""
    return Counter(change.kind or "no platform" for change in group.changes).most_common(_MOST)


def some(names: Iterable[str], most: int = _NAMES) -> str:
    """`a, b, c and 47 more`; what is there twice is named once."""
    once = list(dict.fromkeys(names))
    more = len(once) - most
    return ", ".join(once[:most]) + (f" and {more} more" if more > 0 else "")


def unread(one: Unread, paper: Paper) -> Iterator[str]:
    """What several targets could not be read for."""
    yield f"{paper.paint('?', '?')} {plural(len(one.targets), 'target')} not read: {one.finding.what}"
    yield from reason(one.finding, "    ")
    stages = by_stage(one.targets)
    if len(stages) > _MOST // 2:
        yield f"    {some((f'{stage} ×{len(names)}' for stage, names in stages.items()), _MOST)}"
        return
    for stage, names in stages.items():
        yield f"    {stage} ×{len(names)}: {some(names)}"


def by_stage(targets: Iterable[str]) -> dict[str, list[str]]:
    """Names of targets by their environment."""
    found: dict[str, list[str]] = {}
    for target in targets:
        stage, _, name = target.partition("/")
        found.setdefault(stage, []).append(name)
    return found


def finding(one: Finding, paper: Paper, indent: str, *, about: str = "", many: str = "") -> Iterator[str]:
    """`about` is whom it is told of where no line before says so; `many`: how many there are of the same."""
    if one.severity is Severity.NOTE:
        yield f"{indent}{about}{one.what}{many}"
        return
    if one.accepted:
        until = f"accepted until {one.accepted.until}: {one.accepted.reason}"
        yield paper.paint(f"{indent}{about}{one.rule}{many}: {one.what} ({until})", "dim")
        return
    yield f"{indent}{paper.paint('!', '!')} {about}{one.rule}{many}: {one.what}"
    if one.severity is not Severity.RISK:
        yield from reason(one, indent + "    ")


def reason(one: Finding, indent: str) -> Iterator[str]:
    if one.why:
        yield f"{indent}why: {one.why}"
    if one.fix:
        yield f"{indent}fix: {one.fix}"
