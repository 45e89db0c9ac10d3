"""Model to plain JSON values and back: saved plans, state, `--format json`. `schemas/plan.schema.json` says the same.

Decoding raises KeyError, TypeError or ValueError for anything it does not know; callers turn that into their own error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.acceptance import Accepted
from reconciler.model.address import Address
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.plan import Git, Plan, Review, Stage, Used, ZoneOpens
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Attested, Origin, Value
from reconciler.model.source import Position
from reconciler.model.text.plan_format import FORMAT_VERSION

Json = dict[str, Any]
_PLAIN = frozenset({str, int, bool, float, type(None)})


def value(plain: Value) -> Any:
    """A reference becomes {"secret": {...}}: no setting is a mapping, so nothing else looks like that.

    Raises TypeError for what is no value of a setting: a SecretValue, say.
    """
    if type(plain) in _PLAIN:
        return plain
    if isinstance(plain, SecretRef):
        named = {"store": plain.store, "path": plain.path, "key": plain.key, "version": plain.version}
        return {"secret": named if plain.zone is None else {**named, "zone": plain.zone}}
    if isinstance(plain, tuple):
        return [value(one) for one in plain]
    if isinstance(plain, str | int | float):
        return plain
    raise TypeError(f"not a setting's value: {type(plain).__name__}")


def value_from(data: Any) -> Value:
    """Reads what `value` made. Raises TypeError, or KeyError for a mapping that is no reference."""
    if isinstance(data, dict):
        return SecretRef(**data["secret"])
    if isinstance(data, list):
        return tuple(value_from(one) for one in data)
    if data is None or isinstance(data, str | int | float | bool):
        return data
    raise TypeError(f"not a setting's value: {type(data).__name__}")


def finding(one: Finding) -> Json:
    return {
        "severity": one.severity,
        "rule": one.rule,
        "address": one.address,
        "field": one.field,
        "what": one.what,
        "why": one.why,
        "fix": one.fix,
        "where": one.where and position(one.where),
        "holds": one.holds,
        "accepted": one.accepted and {"reason": one.accepted.reason, "until": one.accepted.until},
    }


def finding_from(data: Json) -> Finding:
    return Finding(
        **{
            **data,
            "severity": Severity(data["severity"]),
            "where": _position_from(data["where"]),
            "holds": Holds(data["holds"]),
            "accepted": Accepted(**data["accepted"]) if data.get("accepted") else None,
        }
    )


def position(one: Position) -> Json:
    return {"file": one.file, "line": one.line, "column": one.column}


def _position_from(data: Json | None) -> Position | None:
    return Position(**data) if data else None


def field_change(one: FieldChange, *, places: bool = True) -> Json:
    return {
        "field": one.field,
        "kind": one.kind,
        "before": value(one.before),
        "after": value(one.after),
        "cause": one.cause,
        "sensitive": one.sensitive,
        "version": one.version,
        "origin": origin(one.origin) if places and one.origin else None,
        "why": one.why,
        **({"compared": True} if one.compared else {}),
    }


def origin(one: Origin) -> Json:
    """With the relay by its name where one brought the value."""
    found = {**position(one.position), "through": one.through}
    if relay := one.relay:
        found["relay"] = relay
    return found


def field_change_from(data: Json) -> FieldChange:
    origin = data["origin"]
    place = origin and Origin(
        position=Position(**{key: origin[key] for key in ("file", "line", "column")}), through=origin["through"]
    )
    return FieldChange(
        **{
            **data,
            "kind": FieldKind(data["kind"]),
            "cause": Cause(data["cause"]),
            "before": value_from(data["before"]),
            "after": value_from(data["after"]),
            "origin": place,
        }
    )


def change(one: Change, *, places: bool = True) -> Json:
    """Without `places`: not where its settings were written."""
    return {
        "address": str(one.address),
        "kind": one.kind,
        "installation": one.installation,
        "action": one.action,
        "fields": [field_change(field, places=places) for field in one.fields],
        "unchanged": one.unchanged,
        "risks": [finding(risk) for risk in one.risks],
        "findings": [finding(found) for found in one.findings],
        "marker": one.marker,
        "id": one.id,
        "moved_from": one.moved_from and str(one.moved_from),
        "position": one.position and position(one.position),
        "applied_run": one.applied_run,
        "applied_at": one.applied_at,
        "guided": one.guided,
        "attested": one.attested and attested(one.attested),
    }


def change_from(data: Json) -> Change:
    return Change(
        **{
            **data,
            "address": Address.parse(data["address"]),
            "action": Action(data["action"]),
            "fields": tuple(field_change_from(field) for field in data["fields"]),
            "risks": tuple(finding_from(risk) for risk in data["risks"]),
            "findings": tuple(finding_from(found) for found in data["findings"]),
            "moved_from": Address.parse(data["moved_from"]) if data["moved_from"] else None,
            "position": _position_from(data["position"]),
            "attested": Attested(**data["attested"]) if data.get("attested") else None,
        }
    )


def plan(one: Plan) -> Json:
    return {name: list(part) if isinstance(part, Iterator) else part for name, part in plan_parts(one).items()}


def plan_parts(one: Plan) -> Json:
    """The same, with an iterator for the changes: of many thousands, no two need be in memory at a time."""
    return {
        "format_version": one.format_version,
        "tool_version": one.tool_version,
        "created_at": one.created_at,
        "git": one.git and git(one.git),
        "review": one.review and _review(one.review),
        "config_digest": one.config_digest,
        "select": list(one.select),
        "complete": one.complete,
        "applyable": one.applyable,
        "stages": [{"name": s.name, "order": s.order, "protected": s.protected} for s in one.stages],
        "changes": (change(found) for found in one.changes),
        "findings": [finding(found) for found in one.findings],
        **({"rollback": one.rollback} if one.rollback else {}),
        **({"unfinished": list(one.unfinished)} if one.unfinished else {}),
        **({"zones": [_zone_opens(zone) for zone in one.zones]} if one.zones else {}),
    }


def git(one: Git) -> Json:
    return {"commit": one.commit, "dirty": one.dirty}


def _review(one: Review) -> Json:
    uses = [
        {"kind": u.kind, "same": list(u.same), "added": list(u.added), "removed": list(u.removed)} for u in one.uses
    ]
    return {"name": one.name, "commit": one.commit, "uses": uses}


def _zone_opens(one: ZoneOpens) -> Json:
    return {
        "zone": one.zone,
        "store_roles": dict(one.store_roles),
        "connection": [value(ref) for ref in one.connection],
        "mail": [value(ref) for ref in one.mail],
    }


def _zone_opens_from(data: Json) -> ZoneOpens:
    refs = {key: tuple(SecretRef(**one["secret"]) for one in data[key]) for key in ("connection", "mail")}
    return ZoneOpens(**{**data, **refs})


def _review_from(data: Any) -> Review | None:
    if data is None:
        return None
    uses = ({"kind": used["kind"], **{key: tuple(used[key]) for key in _BESIDE}} for used in data["uses"])
    return Review(name=data["name"], commit=data["commit"], uses=tuple(Used(**used) for used in uses))


_BESIDE = ("same", "added", "removed")


def plan_from(data: Any) -> Plan:
    """Reads what `plan` made. Raises ValueError for another format; KeyError or TypeError for what is incomplete."""
    if not isinstance(data, Mapping) or data.get("format_version") != FORMAT_VERSION:
        raise ValueError("not a plan of this format")
    return Plan(
        **{
            **data,
            "git": data["git"] and Git(**data["git"]),
            "review": _review_from(data.get("review")),
            "select": tuple(data["select"]),
            "unfinished": tuple(data.get("unfinished", ())),
            "zones": tuple(_zone_opens_from(zone) for zone in data.get("zones", ())),
            "stages": tuple(Stage(**stage) for stage in data["stages"]),
            "changes": tuple(change_from(found) for found in data["changes"]),
            "findings": tuple(finding_from(found) for found in data["findings"]),
        }
    )


def attested(one: Attested) -> Json:
    return {"by": one.by, "at": one.at, "digest": one.digest, "tested": one.tested}
