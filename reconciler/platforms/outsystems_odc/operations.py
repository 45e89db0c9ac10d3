"""ApplyConfigs: what an app is configured to be becomes what it uses. It restarts nothing else, and takes its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from reconciler.drivers.http import rate_limit
from reconciler.errors import PlatformAnswer, PlatformRefused
from reconciler.platforms.outsystems_odc.portal import DEPLOY, DEPLOYMENTS, VIEW_STAGE, Call, Portal, items, segment

PATIENCE = 300.0  # seconds; what is not live then is told as pending
# as the vendor advises: every 5 s for half a minute, then every 30 s
OFTEN, OFTEN_FOR, SELDOM = 5.0, 30.0, 30.0


def apply_configs(portal: Portal, *, app: str, stage: str, revision: int, name: str) -> None:
    """Returns when the operation has ended well, or when time is up: then the values are still pending.

    Raises PlatformRefused when it ended with an error, PlatformAnswer for an answer off contract.
    """
    body = {"operation": "ApplyConfigs", "assetKey": app, "environmentKey": stage, "revision": revision}
    about = f"ApplyConfigs of app {name}"
    path = f"{DEPLOYMENTS}/deployment-operations"
    found = portal.send(Call(verb="POST", path=path, permission=DEPLOY, about=about, body=body)).json()
    if not isinstance(found, dict) or not (key := found.get("key")):
        raise PlatformAnswer(
            f"{about}: the answer names no operation", why="it does not match the published API", fix="plan again"
        )
    operation = f"{path}/{segment(str(key))}"
    for pause in _pauses():
        if pause:
            rate_limit.pause(pause, f"{about} is running")
        state = found if not pause else portal.get(operation, permission=VIEW_STAGE, about=about)
        status = state.get("status") if isinstance(state, dict) else None
        if status == "Finished":
            return
        if status == "FinishedWithError":
            raise PlatformRefused(
                f"{about} ended with an error: {_messages(portal, operation, about)}",
                why="the values are set but not used; the next deployment of this app would apply them",
                fix="check the deployment in ODC Portal",
            )


def _pauses() -> Iterator[float]:
    yield 0.0  # the answer to the start tells too
    started = time.monotonic()
    while (elapsed := time.monotonic() - started) < PATIENCE:
        yield OFTEN if elapsed < OFTEN_FOR else SELDOM


def _messages(portal: Portal, operation: str, about: str) -> str:
    found: Any = portal.get(f"{operation}/messages", permission=VIEW_STAGE, about=about)
    told = [str(one.get("message") or one.get("text") or "") for one in items(found, "results", about)]
    return "; ".join(" ".join(text.split()) for text in told if text)[:300] or "no reason given"
