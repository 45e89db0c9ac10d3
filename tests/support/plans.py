"""A plan with one of everything, for tests of the views and of saved plans."""

from __future__ import annotations

from reconciler.model.address import Address
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Plan, Stage
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Origin
from reconciler.model.source import Position

SUBMISSION = SecretRef(store="default", path="mail/prod/submission", key="password")
BULK = SecretRef(store="default", path="mail/prod/bulk", key="password")


def at(line: int, file: str = "openspp.yaml") -> Position:
    return Position(file=f"environments/prod/{file}", line=line, column=11)


def relay(line: int) -> Origin:
    return Origin(position=at(line, "environment.yaml"), through="relay submission")


def here(line: int) -> Origin:
    return Origin(position=at(line), through="here")


def change(address: str, action: Action, *fields: FieldChange, **more: object) -> Change:
    parsed = Address.parse(address)
    return Change(address=parsed, kind="openspp", installation=parsed.target, action=action, fields=fields, **more)  # type: ignore[arg-type]


def field(
    name: str, before: object, after: object, origin: Origin, cause: Cause = Cause.GIT, **more: object
) -> FieldChange:
    kind = more.pop("kind", FieldKind.SET)
    return FieldChange(field=name, kind=kind, before=before, after=after, cause=cause, origin=origin, **more)  # type: ignore[arg-type]


RISK = Finding(
    severity=Severity.RISK,
    rule="secret-to-new-host",
    address="prod/openspp:mail_servers[main]",
    what="this password has not been sent to smtp.example.com before",
    why="a new host with an unchanged credential is how credentials are stolen",
    fix="check the host, then apply with --allow secret-to-new-host",
)
NOT_READABLE = Finding(
    severity=Severity.ERROR,
    rule="platform-denied",
    address="prod/odc",
    what='the API client lacks "View configurations" on stage Production (403)',
    fix="grant it in the portal under API clients",
)

MAIN = change(
    "prod/openspp:mail_servers[main]",
    Action.UPDATE,
    field("host", "smtp-old.example.com", "smtp.example.com", relay(7)),
    field("port", 25, 587, relay(8), cause=Cause.PLATFORM),
    field(
        "password",
        "v3",
        SUBMISSION,
        relay(12),
        kind=FieldKind.ROTATE,
        sensitive=True,
        version="v4",
        why="rotated in Vault 2026-11-20 08:44 UTC",
    ),
    unchanged=11,
    risks=(RISK,),
    position=at(9),
    applied_run="8123",
    applied_at="2026-11-18T08:00:00Z",
)
NEW = change(
    "prod/openspp:mail_servers[bulk]",
    Action.CREATE,
    field("priority", None, 20, here(10)),
    field("host", None, "bulk.example.net", here(10)),
    field("password", None, BULK, here(11), sensitive=True, version="v1"),
    field("from_filter", None, ("news.example.com",), here(10)),
    position=at(10),
)
LOST = change("prod/odc:stage", Action.BLOCKED, findings=(NOT_READABLE,), position=at(4, "odc.yaml"))
SYNC = tuple(change(f"{stage}/openspp:mail_servers[main]", Action.NONE, unchanged=8) for stage in ("dev", "test"))
STAGES = (
    Stage(name="dev", order=10, protected=False),
    Stage(name="test", order=20, protected=False),
    Stage(name="prod", order=30, protected=True),
)


def plan(*changes: Change, **more: object) -> Plan:
    values = {
        "created_at": "2026-11-20T10:44:00Z",
        "tool_version": "0.1.0",
        "config_digest": "sha256:0",
        "stages": STAGES,
        "changes": changes,
        "applyable": any(one.writes for one in changes),
    }
    return Plan(**{**values, **more})  # type: ignore[arg-type]
