"""A SharePoint farm on loopback with the real stages on it, and declarations that several tests share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lab.servers.windows.farm import CENTRAL, Farm
from lab.servers.windows.farm_site import FarmSite
from lab.subjects.sharepoint import INTRANET, SharePointSubject

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.plan import Plan
from reconciler.testing.trial import Trial

LOGIN = {"auth": "basic", "username": "CONTOSO\\mail", "password": {"env": "PASSWORD", "version": 1}}
KEY = {"credential_key": {"env": "KEY", "version": 1}}
ROUTE = {"host": "smtp.example.com", "port": 25, "encryption": "none", "auth": "none"}
THERE = {
    "host": "old.example.com",
    "port": 587,
    "from": "old@example.com",
    "reply_to": "old-reply@example.com",
    "code_page": 1252,
    "tls": True,
    "user": "old",
    "password": "pw-old",
    "override_envelope_sender": True,
}


class Site:
    """A farm, and the real stages on it."""

    def __init__(self, made: Farm, folder: Path, stack: ExitStack, environ: Mapping[str, str]) -> None:
        self.farm = made
        self.site = stack.enter_context(FarmSite(made, folder / "farm", password=environ["LOGIN"]))
        self.subject = SharePointSubject(site=self.site, environ=environ, version=made.version)
        self.changed: dict[str, Any] = {}
        self.trial = Trial(subject=self.subject, folder=folder)

    def plan(self, *, farm: Mapping[str, Any] | None = None, **web: Mapping[str, Any]) -> Plan:
        """`web` by host name up to its first dot."""
        resources: dict[str, Any] = {"web_applications": {f"https://{k}.contoso.example": v for k, v in web.items()}}
        self.trial.declare({**({"farm": farm} if farm else {}), **resources})
        return self.trial.plan()

    def apply(self, **declared: Any) -> dict[str, OutcomeStatus]:
        outcomes = self.trial.apply(self.plan(**declared))
        self.errors = [one.error for one in outcomes if one.error]
        return {str(one.address.resource): one.status for one in outcomes}

    def written(self, url: str | None, **fields: Any) -> None:
        """Past plan and gates, as the writer gets it; `url` is None for the farm."""
        row = self.farm.application(CENTRAL if url is None else f"{url}/")
        place = Resource(collection="farm") if url is None else Resource(collection="web_applications", key=url)
        self.trial.declare({"farm": {**ROUTE}})
        changed = tuple(
            FieldChange(field=field, kind=FieldKind.SET, before=None, after=value, cause=Cause.GIT)
            for field, value in fields.items()
        )
        change = Change(
            address=Address(environment="test", target="subject", resource=place),
            kind="sharepoint",
            installation="",
            action=Action.UPDATE,
            fields=changed,
            id=row["id"],
        )
        outcomes = self.trial.write([change])
        assert [one.status for one in outcomes] == [OutcomeStatus.UPDATED], outcomes

    def calls(self, action: str) -> int:
        return sum(server.endpoint.calls.count(action) for server in self.site.servers)

    def app(self, url: str = INTRANET) -> dict[str, Any]:
        return self.farm.application(f"{url}/")


Made = Callable[..., Site]


def rules(todo: Plan) -> set[str]:
    return {finding.rule for change in todo.changes for finding in change.findings}
