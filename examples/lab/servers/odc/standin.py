"""The stand-in as tests hold it: start, stop, look at it, change it by hand as in the portal, make it fail."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from lab.servers.odc.guards import VENDORS, Kind, Limits, Tokens
from lab.servers.odc.routes import PERMISSIONS, Routes
from lab.servers.odc.server import HttpServer
from lab.servers.odc.tenant import APP, App, Row, Stage, Tenant
from reconciler.drivers import per_process
from reconciler.drivers.http import rate_limit
from reconciler.network import session


class OdcStandIn:
    """An organisation on loopback while the `with` block runs.

    `portfolios` makes every stage anew in each; `apps` are deployed in every stage; `exposed` says whether an app's
    configurations show the test list. `limits` are calls a window and API, the vendor's unless given; None: none.
    """

    def __init__(
        self,
        *,
        stages: Sequence[str] = ("Development", "Production"),
        portfolios: Sequence[str] = (),
        apps: Sequence[str] = ("Storefront",),
        exposed: bool = True,
        limits: dict[str, int] | None = VENDORS,  # never changed
        window: float = 60.0,
        expires_in: int = 43200,
        latency: float = 0.0,
        address: tuple[str, int] = ("127.0.0.1", 0),
        seed: int | None = None,
    ) -> None:
        self.tenant = Tenant(seed=seed)
        self.client_id, self.secret = self.tenant.uuid(), secrets.token_urlsafe(18)
        self._calls: list[tuple[str, str, Any]] = []
        self._lock = threading.Lock()
        for portfolio in portfolios or (None,):
            key = None if portfolio is None else self.tenant.uuid()
            if key:
                self.tenant.portfolios[key] = str(portfolio)
            for name in stages:
                stage = self.tenant.add_stage(name, key, set(PERMISSIONS))
                for app in apps:
                    self.tenant.add_app(stage, app, exposed=exposed)
        self.tokens = Tokens(self.client_id, self.secret, expires_in)
        self.routes, self.limits = Routes(self.tenant), Limits(limits, window)
        self.server = HttpServer(address, self.routes, self.tokens, self.limits, self._seen)
        self.server.latency = latency

    def __enter__(self) -> Self:
        rate_limit.reset()
        per_process.reset()
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server.stop()
        session.close_idle()

    @property
    def url(self) -> str:
        return self.server.url

    def connection(self, stage: str = "Production", **more: Any) -> dict[str, Any]:
        """What a target's file says, but for its secret."""
        return {"portal": self.url, "client_id": self.client_id, "stage": stage, "keys": self.keys(), **more}

    def keys(self, *, apps: bool = False) -> dict[str, Any]:
        """The map that a team commits after `discover`."""
        kinds = {row["key"]: row["dataType"] for stage in self.tenant.stages.values() for row in stage.rows.values()}
        found: dict[str, Any] = {
            setting: {"key": key, "type": kinds.get(key, {"test_list.active": "Boolean"}.get(setting, "Text"))}
            for setting, key in self.tenant.keys.items()
            if apps or setting not in APP
        }
        found["auth"]["values"] = dict(self.tenant.words)
        return found

    # what clients did

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Verb and path of each request, refused ones too."""
        with self._lock:
            return [(verb, path) for verb, path, _ in self._calls]

    @property
    def bodies(self) -> list[Any]:
        """Of each request that could have changed something."""
        with self._lock:
            return [body for verb, path, body in self._calls if verb != "GET" and path != "token"]

    @property
    def writes(self) -> int:
        return len(self.bodies)

    def forget_calls(self) -> None:
        with self._lock:
            self._calls.clear()

    def _seen(self, verb: str, path: str, body: Any) -> None:
        with self._lock:
            self._calls.append((verb, path, body))

    @contextmanager
    def limited(self, *, calls: int, seconds: float) -> Iterator[None]:
        """Other limits than the vendor's, meanwhile."""
        before, self.server.limits = self.limits, Limits(dict.fromkeys(VENDORS, calls), seconds)
        self.limits = self.server.limits
        try:
            yield
        finally:
            self.limits = self.server.limits = before

    # looking and changing by hand, as in the portal

    def stage(self, name: str = "Production") -> Stage:
        return next(one for one in self.tenant.stages.values() if one.name == name)

    def app(self, name: str = "Storefront", stage: str = "Production") -> App:
        return next(one for one in self.stage(stage).apps.values() if one.name == name)

    def row(self, setting: str, stage: str = "Production", app: str | None = None) -> Row:
        rows = self.app(app, stage).rows if app else self.stage(stage).rows
        return rows[self.tenant.keys[setting]]

    def edit(self, setting: str, value: str, stage: str = "Production", app: str | None = None) -> None:
        with self.tenant.lock:
            owner = self.app(app, stage) if app else self.stage(stage)
            body = [{"key": self.tenant.keys[setting], "value": value}]
            level = "Application" if app else "Environment"
            assert self.tenant.patch(owner.key, owner.rows, body, level=level, live=True) is None

    def override(self, setting: str, value: str, app: str = "Storefront", stage: str = "Production") -> None:
        """Somebody gives an app a value of its own."""
        row = dict(self.row(setting, stage))
        changed = {"value": value, "deployedValue": value, "valueOrigin": "ApplicationLevelOverride"}
        self.app(app, stage).rows[row["key"]] = row | changed | {"deployedValueOrigin": "ApplicationLevelOverride"}

    def secret_of(self, setting: str, stage: str = "Production") -> str | None:
        return self.tenant.secrets.get((self.stage(stage).key, self.tenant.keys[setting]))

    def deny(self, permission: str, stage: str = "Production") -> None:
        self.stage(stage).permissions.discard(permission)

    def fail_next(self, kind: Kind, path: str = "", times: int = 1) -> None:
        self.server.failures.queue += [(kind, path)] * times
