"""What a shell completes: addresses and relays of the files, ids of checks, platforms. Silent where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_Words = Callable[[click.Context, str], Iterable[tuple[str, str]]]
_Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _silent(words: _Words) -> _Complete:
    """What begins as the word on the line, with what it is. A traceback in the middle of a line would help nobody."""

    @wraps(words)
    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        try:
            found = dict(words(ctx, incomplete))
        except (ReconcilerError, OSError, ValueError):
            return []
        return [CompletionItem(word, help=told) for word, told in found.items() if word.startswith(incomplete)]

    return complete


@_silent
def targets(ctx: click.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """`prod/shop`."""
    return _targets(ctx)


@_silent
def addresses(ctx: click.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Targets, relays and environments; after a colon the resources of a target."""
    if ":" in incomplete:
        yield from _resources(ctx, incomplete.partition(":")[0])
        return
    yield from _targets(ctx)
    for document in _documents(ctx):
        if document.environment and document.name is None:
            yield document.environment, "environment"
            declared = document.data.get("relays") if isinstance(document.data, dict) else None
            for name in declared if isinstance(declared, dict) else ():
                yield f"{document.environment}/{name}", "relay"


@_silent
def explained(ctx: click.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """What `explain` takes: addresses, checks and rules."""
    found = addresses(ctx, click.Argument(["pattern"]), incomplete)
    yield from ((one.value, one.help or "") for one in found)
    if "/" not in incomplete:
        from reconciler.smtp.catalogue.checks import CATALOGUE
        from reconciler.views.start.rules import catalogue

        yield from ((check.id, check.title) for check in CATALOGUE.values())
        yield from ((rule.name, rule.about) for rule in catalogue().values())


@_silent
def checks(ctx: click.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """`SMTP206`."""
    from reconciler.smtp.catalogue.checks import CATALOGUE

    return ((check.id, check.title) for check in CATALOGUE.values())


@_silent
def platforms(ctx: click.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Kinds and their other names."""
    from reconciler import platforms as known

    return ((name, "platform") for name in known.known())


def _targets(ctx: click.Context) -> Iterator[tuple[str, str]]:
    for document in _documents(ctx):
        if document.name is not None:
            kind = document.data.get("platform") if isinstance(document.data, dict) else None
            yield f"{document.environment}/{document.name}", str(kind or "target")


def _resources(ctx: click.Context, unit: str) -> Iterator[tuple[str, str]]:
    from reconciler.pipeline import declaration

    root = _root(ctx)
    land = declaration.declared(root, base=root.resolve().parent, select=[unit]).landscape
    return ((str(one.address), one.kind) for one in (land.desired if land else ()))


def _documents(ctx: click.Context) -> Any:
    from reconciler.pipeline.load import documents

    return documents.documents(_root(ctx)).documents


def _root(ctx: click.Context) -> Path:
    return Path(ctx.params.get("root") or "environments")
