"""What was found in several targets: the YAML of each file, below a line with its name."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model import codec
from reconciler.model.adoption import Adoption, Block, Found, Landscape
from reconciler.views import adopt
from reconciler.views.adopt import flow
from reconciler.views.paper import Paper, plural
from reconciler.views.printable import Printable, visible


def text(
    found: Landscape, paper: Paper, *, today: str, written: Sequence[str] | None, next_commands: Sequence[str]
) -> Printable:
    """`written` are the files that it went into, None where it is printed; `today` is YYYY-MM-DD."""
    if written is not None:
        return paper.finish(summary(found, written=written, next_commands=next_commands))
    lines: list[str] = []
    for one in (*found.relays, *found.targets):
        if one.found:
            lines += [*([""] if lines else []), f"# --- {visible(_file(one))}", *header(one, today)]
            lines += [line for block in blocks(one, ascii_only=not paper.unicode) for line in block.whole()]
    return paper.finish(lines)


def document(found: Landscape) -> codec.Json:
    return {
        "target": None,
        "installation": None,
        "complete": found.complete,
        "resources": [],
        "left_out": [],
        "relays": [relay for one in found.relays for relay in adopt.of_target(one)["resources"]],
        "targets": [adopt.of_target(one) for one in found.targets],
        "findings": [codec.finding(finding) for finding in found.unread],
    }


def header(one: Adoption, day: str) -> list[str]:
    """Comments above what one file gets; `day` is YYYY-MM-DD."""
    if _is_environment(one):
        return [f"# what several targets have alike, read on {day} by reconciler adopt"]
    return adopt.header(one, day)


def blocks(one: Adoption, *, ascii_only: bool = False) -> list[Block]:
    return adopt.blocks(one, ascii_only=ascii_only)


def summary(found: Landscape, *, written: Sequence[str] | None, next_commands: Sequence[str]) -> list[str]:
    """What was found, what has to be filled in, what is not in a file that was written, and what comes next."""
    resources = sum(len(one.declared) for one in found.targets)
    relays = sum(len(one.found) for one in found.relays)
    what = f"{plural(resources, 'resource')} in {plural(len(found.targets), 'target')}"
    shared = f", and {plural(relays, 'relay')} that several share" if relays else ""
    where = "found and not declared" if written is None else f"written to {plural(len(written), 'file')}"
    lines = [f"{what}{shared}: {where}."]
    refused = sum(len(one.found) - len(one.declared) for one in found.targets)
    lines += [f"{refused} only as comments: a rule forbids declaring them."] if refused else []
    fill = [
        f"  {_named(one, item)}  {name}: {flow(item.raw_of(name))}"
        for one in (*found.relays, *found.targets)
        for item in one.declared
        for name in sorted(item.suggested)
    ]
    lines += ["To fill in (no secret was read):", *fill] if fill else []
    for finding in found.unread if written is not None else ():  # beside YAML they are errors on stderr
        lines += [f"Not adopted: {finding.address or ''}: {finding.what}"]
        lines += [f"    fix: {finding.fix}"] if finding.fix else []
    lines += [f"Next: {', then '.join(next_commands)}"] if next_commands else []
    return lines


def _is_environment(one: Adoption) -> bool:
    return "/" not in one.unit


def _named(one: Adoption, item: Found) -> str:
    return f"relay {one.unit}/{item.resource.key}" if _is_environment(one) else f"{one.unit}:{item.resource}"


def _file(one: Adoption) -> str:
    return f"{one.unit}/environment.yaml" if _is_environment(one) else f"{one.unit}.yaml"
