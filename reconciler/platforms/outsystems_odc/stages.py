"""Finds the stage, and the apps deployed there, by the names that the portal shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlencode

from reconciler.drivers import per_process
from reconciler.errors import PlatformMissing
from reconciler.platforms.outsystems_odc.portal import PORTFOLIOS, VIEW_STAGE, Portal, items

KEPT = 300.0  # seconds: the list of stages serves all stages of an organisation in one run
PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    key: str
    name: str
    portfolio: str | None
    domain: str | None  # used in links of mails


def stage(portal: Portal) -> Stage:
    """The one that `connection` names.

    Raises PlatformMissing for one that is not there, or of which there are several.
    """
    name, portfolio = str(portal.client.connection["stage"]), portal.client.connection.get("portfolio")
    wanted = None if portfolio is None else str(portfolio)
    listed: list[Stage] = _kept(portal, wanted).get(lambda: (_stages(portal, wanted), KEPT))
    found = [one for one in listed if name in (one.name, one.key)]
    if len(found) == 1:
        return found[0]
    if found:
        raise PlatformMissing(
            f"{len(found)} stages are named {name}, in different portfolios",
            why="the settings of one must not be written to another",
            fix=f"connection: {{portfolio: one of {_listed(one.portfolio for one in found)}}}",
        )
    raise _missing("stage", name, [one.name for one in listed], VIEW_STAGE)


def forget(portal: Portal) -> None:
    """After a change of what the list shows."""
    portfolio = portal.client.connection.get("portfolio")
    _kept(portal, None if portfolio is None else str(portfolio)).forget()


def apps(portal: Portal, of: Stage) -> Mapping[str, list[str]]:
    """The keys of the deployed apps, by name; nobody promises that a name is unique.

    Raises PlatformAnswer for an answer off contract.
    """
    found: dict[str, list[str]] = {}
    for asset in _pages(
        portal, "deployed-assets", {"environmentKey": of.key, "type": "WebApplication,MobileApplication"}
    ):
        for deployment in asset.get("deployments") or ():
            if deployment.get("environmentKey") == of.key and deployment.get("name") and asset.get("key"):
                found.setdefault(str(deployment["name"]), []).append(str(asset["key"]))
    return found


def no_app(name: str, known: Iterable[str], of: Stage) -> PlatformMissing:
    return _missing(f"app in stage {of.name}", name, list(known), VIEW_STAGE)


def _kept(portal: Portal, portfolio: str | None) -> per_process.Shared[list[Stage]]:
    return per_process.shared(("odc stages", *portal.client.identity, portfolio))


def _stages(portal: Portal, portfolio: str | None) -> list[Stage]:
    asked = {} if portfolio is None else {"portfolioKey": _portfolio(portal, portfolio)}
    path = f"{PORTFOLIOS}/environments" + (f"?{urlencode(asked)}" if asked else "")
    found = portal.get(path, permission=VIEW_STAGE, about="the list of stages")
    return [
        Stage(
            key=str(one["key"]),
            name=str(one["name"]),
            portfolio=one.get("portfolioKey"),
            domain=(one.get("defaultDomain") or "").lower() or None,
        )
        for one in items(found, "results", "the list of stages")
        if one.get("key") and one.get("name")
    ]


def _portfolio(portal: Portal, wanted: str) -> str:
    listed = list(_pages(portal, "portfolios", {}))
    found = [str(one["key"]) for one in listed if wanted in (one.get("name"), one.get("key"))]
    if len(found) == 1:
        return found[0]
    raise _missing("portfolio", wanted, [str(one.get("name")) for one in listed], "any permission in it")


def _pages(portal: Portal, name: str, asked: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        path = f"{PORTFOLIOS}/{name}?{urlencode({**asked, 'limit': PAGE, 'offset': offset})}"
        found = portal.get(path, permission=VIEW_STAGE, about=f"the list of {name}")
        listed = items(found, "results", f"the list of {name}")
        yield from listed
        after = (found.get("page") or {}).get("nextPageOffset")
        if not isinstance(after, int) or after <= offset or not listed:
            return
        offset = after


def _missing(kind: str, name: str, known: list[str], permission: str) -> PlatformMissing:
    near = get_close_matches(name, known, n=1)
    return PlatformMissing(
        f"there is no {kind} {name}",
        why=f'the API client sees {_listed(known)}; it sees only those it has "{permission}" for',
        fix=f"did you mean {near[0]}?" if near else "correct the name, or give the API client that permission",
    )


def _listed(names: Iterable[str | None]) -> str:
    return ", ".join(sorted(str(name) for name in names)) or "none"
