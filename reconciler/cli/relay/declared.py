"""Relays of the files. Not in the command itself: one relay without files needs nothing of what is imported here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reconciler.cli.relay import options as adhoc
from reconciler.cli.shell import console, context
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.model.handshake import Handshake, Level, Relay
from reconciler.model.landscape import Landscape
from reconciler.pipeline.review import pull_request, revision
from reconciler.pipeline.review.revision import Base
from reconciler.pipeline.verify import ask, relays
from reconciler.pipeline.verify.ask import Asking


def results(
    given: Mapping[str, Any], asking: Asking, asked: Callable[[Relay], Relay], *, level: Level | None, via: str | None
) -> tuple[Sequence[Handshake], Mapping[str, Any]]:
    """What the handshakes of the declared relays found; and where each relay is declared, and who uses it.

    `asked` says what the command line wants of a relay. Raises InvalidFiles, UsageError, StoppedShort.
    """
    adhoc.refuse_without_host(given)
    root, select, ref = given["root"], given["select"], given["base"]
    pull_request.check(ref, "verify")
    files = context.files(root, () if ref else select)
    if (land := files.landscape) is None:
        raise InvalidFiles(files.findings, files.files)
    wanted = relays.chosen(land, select, asked)
    if level and not ref and (missing := relays.missing_for_level(land, wanted, level)):
        raise InvalidFiles(missing, files.files)
    console.findings([one for one in files.findings if relays.concerns(one, land, select, level)])
    if via is None and (away := relays.not_verified_here(land, select)):
        shown = ", ".join(f"{address} (verify.from: {origin})" for address, origin in away.items())
        console.note(f"Not verified from here: {shown}. Use --via to start where they answer.")
    if ref:
        wanted = _in_our_network(wanted)
    reviewed = revision.base(root, ref, home=context.base(root), today=context.today())
    with reviewed as base:
        found = _reviewed(asking, wanted, base, land, root) if base else _proven(asking, wanted, land, root)
    known = {"declared": relays.places(land), "users": land.users, "uses": relays.users(land, wanted, asked)}
    return found, known


def _in_our_network(wanted: list[Relay]) -> list[Relay]:
    """Nobody's worker is sent anywhere by files that nobody has reviewed."""
    if elsewhere := [f"{one.name} (zone {one.zone})" for one in wanted if one.zone]:
        console.note(f"Not verified with --base, but after the merge: {', '.join(elsewhere)}.")
    return [one for one in wanted if one.zone is None]


def _reviewed(asking: Asking, wanted: Sequence[Relay], base: Base, land: Landscape, root: Path) -> list[Handshake]:
    with context.secrets(land, root) as secrets:
        return asking.reviewed(wanted, base, land, ask.alone(secrets))


def _proven(asking: Asking, wanted: Sequence[Relay], land: Landscape, root: Path) -> list[Handshake]:
    if all(relay.zone is None for relay in wanted):  # an engine is more to load than a relay is to ask
        with context.secrets(land, root) as secrets:
            return asking.results(wanted, land.policy, ask.alone(secrets))
    with context.means(land, root, writes=True) as means:
        return asking.results(wanted, land.policy, ask.by(means.engine))
