"""What reports are made of: a landscape with one of everything, one of hostile words, and one of any size."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from reconciler.model.acceptance import Accepted
from reconciler.model.address import Address
from reconciler.model.answers.overview import Ended, Overview, Proven, Sending, Source
from reconciler.model.change import Action, Cause, Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Status
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.plan import Git
from reconciler.model.runs.history import History, Run
from support.handshakes import REFUSED, SILENT, WELL, check
from support.plans import LOST, MAIN, NEW, field, here, plan, relay
from support.values import certificate

AT = "2026-11-20T11:00:00Z"
DRIFTED = Change(
    address=Address.parse("prod/shop:settings"),
    kind="file",
    installation="shop",
    action=Action.UPDATE,
    fields=(field("port", 25, 587, relay(8), cause=Cause.PLATFORM),),
    unchanged=6,
    applied_run="8100",
    applied_at="2026-11-02T08:00:00Z",
)
ACCEPTED = Finding(
    severity=Severity.WARNING,
    rule="no-active-server",
    address="dev/openspp:mail_servers[main]",
    what="no server is active",
    accepted=Accepted(reason="switched on in December", until="2026-12-01"),
)
WARNED = Finding(
    severity=Severity.WARNING,
    rule="weak-tls",
    address="test/openspp:mail_servers[main]",
    what="this Odoo takes any certificate",
    why="smtp_encryption has no verifying form before Odoo 18",
    fix="upgrade, or put a relay in between",
)


def in_sync(address: str, kind: str, *findings: Finding) -> Change:
    parsed = Address.parse(address)
    return Change(
        address=parsed, kind=kind, installation=parsed.target, action=Action.NONE, unchanged=8, findings=findings
    )


MINE = (
    MAIN,
    NEW,
    LOST,
    DRIFTED,
    in_sync("dev/openspp:mail_servers[main]", "openspp", ACCEPTED),
    in_sync("test/openspp:mail_servers[main]", "openspp", WARNED),
    in_sync("dev/shop:settings", "file"),
    in_sync("test/shop:settings", "file"),
    in_sync("prod/mta:relay", "postfix"),
)
_DIGEST = f"sha256:{0:064}"
PLAN = plan(
    *MINE,
    config_digest=_DIGEST,
    created_at=AT,
    complete=False,
    git=Git(commit="e5a3991cdeeb0123456789abcdef0123456789ab", dirty=False),
)
EARLIER = plan(DRIFTED, created_at="2026-11-16T11:00:00Z", config_digest=_DIGEST)
USERS = ("prod/openspp:mail_servers[main]", "prod/shop:settings", "prod/mta:relay")
STAGING = replace(
    WELL,
    relay="test/submission",
    host="smtp.test.example.com",
    status=Status.WARN,
    checks=(
        check("SMTP206", "warn", "certificate expires in 12 days (2026-12-02)", "certificate 12 days", "renew it"),
    ),
    certificate=certificate("2026-12-02T10:00:00+00:00"),
)
PROOFS = (
    Proven(handshake=WELL, used_by=USERS),
    Proven(handshake=REFUSED, used_by=("prod/openspp:mail_servers[bulk]",)),
    Proven(handshake=STAGING, used_by=("test/openspp:mail_servers[main]", "test/shop:settings")),
    Proven(handshake=replace(SILENT, relay="dev/submission")),
)


def sends(address: str, through: str | None, secret: str | None, sender: str | None = None) -> Sending:
    stage = address.partition("/")[0]
    return Sending(
        address=address,
        platform=address.partition("/")[2].partition(":")[0],
        relay=through,
        host=f"smtp.{stage}.example.com",
        port=587,
        username=f"{stage}@example.com" if secret else None,
        sender=sender or f"no-reply@{stage}.example.com",
        credential=secret,
    )


SENDING = (
    *(sends(one, "prod/submission", "mail/shared#password") for one in USERS),
    sends("prod/openspp:mail_servers[bulk]", "prod/internal", None, "news@example.com"),
    sends("test/openspp:mail_servers[main]", "test/submission", "mail/shared#password"),
    sends("test/shop:settings", "test/submission", "mail/test/shop#password"),
    sends("dev/shop:settings", None, None),
)
RUNS = (
    Run(
        journal="j1",
        run="8100",
        owner="ana@ci",
        at="2026-11-02T08:00:00Z",
        commit="0123456789abcdef",
        ended="2026-11-02T08:01:00Z",
        complete=True,
        counts={"updated": 4, "unchanged": 2},
    ),
    Run(journal="j2", run="8123", owner="ben@ci", at="2026-11-18T08:00:00Z", cut_off=True, counts={}),
)
FAILED = Ended(
    address="prod/openspp:mail_servers[bulk]",
    status=OutcomeStatus.RESTORED,
    error=Finding(severity=Severity.ERROR, rule="platform-test", what="550 5.7.1 relay access denied"),
)
OVERVIEW = Overview(
    at=AT,
    sources=(
        Source(name="plan.json", kind="plan", at=AT, complete=False),
        Source(name="verify.json", kind="verify", at=AT),
    ),
    plans=(PLAN, EARLIER),
    proofs=PROOFS,
    sending=SENDING,
    relays=("prod/submission", "prod/internal", "test/submission", "dev/submission"),
    history=History(runs=RUNS),
    ended=(FAILED,),
)
EMPTY = Overview(at=AT)


def large(count: int = 5_000, *, alike: bool = True) -> Overview:
    """`count` resources of ten in each target, in three stages: a third in sync, a third moved with their relay (or
    each by itself), a third changed by hand; 60 relays."""
    changes = tuple(_large(number, alike=alike) for number in range(count))
    sending = [
        sends(str(one.address), f"{one.address.environment}/relay-{at % 20}", "mail/shared#password")
        for at, one in enumerate(changes)
    ]
    used: dict[str, list[str]] = {}
    for one in sending:
        used.setdefault(one.relay or "", []).append(one.address)
    proofs = [Proven(handshake=replace(WELL, relay=name), used_by=tuple(users)) for name, users in used.items()]
    proofs[3] = replace(proofs[3], handshake=replace(REFUSED, relay=proofs[3].handshake.relay))
    return Overview(
        at=AT,
        plans=(plan(*changes, config_digest=_DIGEST, created_at=AT),),
        proofs=tuple(proofs),
        sending=tuple(sending),
        relays=tuple(used),
        history=History(runs=RUNS),
    )


def _large(number: int, *, alike: bool) -> Change:
    stage = ("dev", "test", "prod")[number // 10 % 3]
    address = Address.parse(f"{stage}/application-{number // 30:04}:mailers[mailer-{number % 10}]")
    cause = (Cause.GIT, Cause.GIT, Cause.PLATFORM)[number % 3]
    origin = relay(7) if alike else here(number + 1)
    fields = [
        field("host", "smtp-old.example.com", f"smtp.{stage}.example.com", origin, cause),
        field("username", f"old-{number}@example.com", f"application-{number}@example.com", here(9), cause),
    ]
    return Change(
        address=address,
        kind=("file", "openspp", "postfix")[number % 3],
        installation=address.target,
        action=Action.UPDATE if number % 3 else Action.NONE,
        fields=tuple(fields[: 2 if cause is Cause.PLATFORM or not alike else 1]) if number % 3 else (),
        unchanged=8,
        position=here(number + 1).position,
        applied_run="8123",
        applied_at="2026-11-18T08:00:00Z",
    )


_AN_ADDRESS = re.compile(r"(dev|test|prod)/\w+:\S+")
_KEPT = {"at", "created_at", "applied_at", "ended", "expires", "until", "status", "action", "name", "order", "id"}
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=//evil.example.com/x onerror=alert(1)>",
    '" onmouseover="alert(1)" style="background:url(//evil.example.com)',
    "' autofocus onfocus='alert(1)",
    "--><svg onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<iframe src=javascript:alert(1)>",
    "javascript:alert(1)//",
    "&lt;script&gt;&#x3c;b&#x3e;",
    "]]><!--<base href=//evil.example.com>",
    "\x1b[2J\u202eevil\u2066\x00\ufeff",
    "::error::x ##vso[task.complete] ##[error]",
    "<meta http-equiv=refresh content=0;url=//evil.example.com>",
)


def hostile(found: Any, text: str) -> Any:
    """The same with `text` behind every word that comes from outside. The same word stays the same word everywhere, and
    names of stages and targets stay: then the page must be as that of harmless words."""
    if isinstance(found, Address):
        return replace(found, resource=replace(found.resource, key=f"{found.resource.key}{text}"))
    if isinstance(found, Enum) or found == "here":
        return found
    if isinstance(found, str):
        return str(hostile(Address.parse(found), text)) if _AN_ADDRESS.fullmatch(found) else found + text
    if isinstance(found, tuple):
        return tuple(hostile(one, text) for one in found)
    if is_dataclass(found) and not isinstance(found, type):
        changed = {one.name: hostile(getattr(found, one.name), text) for one in fields(found) if one.name not in _KEPT}
        return replace(found, **changed)
    return found
