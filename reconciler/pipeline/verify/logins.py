"""One login for each user of a host and run: which relays have to share one, and what it proves for each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from reconciler.model.handshake import Auth, CheckResult, CheckStatus, Handshake, Level, Relay
from reconciler.model.text.place import place
from reconciler.pipeline.policy.hosts import normal
from reconciler.pipeline.verify import credentials
from reconciler.smtp.catalogue import severity
from reconciler.smtp.catalogue.checks import ALONE, PREDICTED
from reconciler.smtp.catalogue.results import CATALOGUE, inconclusive
from reconciler.smtp.session.budget import account
from reconciler.smtp.session.verdict import status

if TYPE_CHECKING:
    from reconciler.model.work.login import Login

Group = tuple[Relay, ...]
# fields of a relay that a session is the same for, whatever they are; the host is compared as names are
_ENVELOPE = {"sender", "senders", "recipient", "size"}
_WHOSE = {"name", "protected", "clients", "others", "waits"}
_WHATEVER = {"host", "level", "severities", "dns", "dkim_selectors", "resolver", *_WHOSE, *_ENVELOPE}
_session = attrgetter(*(field.name for field in fields(Relay) if field.name not in _WHATEVER))
# of the level of a login or above, but proven on each listener by itself
_ITS_OWN = frozenset({"SMTP300", "SMTP301", *PREDICTED, *ALONE})


def where(login: Login) -> str:
    """The listener that took it, or refused."""
    return _where(login.by)


def serves(login: Login, group: Group) -> bool:
    """A refusal stops everybody; a proof from an unprotected stage is none for a protected one."""
    return login.refused is not None or login.by.protected or not protected(group)


def groups(relays: Iterable[Relay]) -> tuple[Group, ...]:
    """Relays of a group differ in what does not change the session: one session and one AUTH prove them all."""
    found: dict[object, list[Relay]] = defaultdict(list)
    for relay in dict.fromkeys(relays):
        found[normal(relay.host), _session(relay)].append(relay)
    return tuple(tuple(group) for group in found.values())


def protected(group: Group) -> bool:
    return any(relay.protected for relay in group)


def families(found: Iterable[Group]) -> tuple[tuple[Group, ...], ...]:
    """Groups of one user of one host, in the order they are declared, protected ones first: their login counts for
    all. Each group that logs in nowhere is by itself."""
    together: dict[object, list[Group]] = defaultdict(list)
    for group in found:
        together[account(group[0]) if logs_in(group) else group].append(group)
    return tuple(tuple(sorted(family, key=protected, reverse=True)) for family in together.values())


def logs_in(group: Group) -> bool:
    return group[0].auth is not Auth.NONE and any(relay.level.rank >= Level.AUTH.rank for relay in group)


def login_only(group: Group) -> Relay:
    """The login of a group by itself, counted as the catalogue does: each relay makes its own of it."""
    first = replace(_first(group), level=Level.AUTH, severities=(), sender=None, recipient=None, senders=())
    return replace(first, protected=protected(group))


def as_tried_by(lead: Relay, others: Iterable[Group]) -> Mapping[Relay, Relay]:
    """Relays of other listeners as `lead`'s session can try them: its sender and recipient, with this login."""
    source = credentials.source(lead)
    return {
        relay: replace(
            lead,
            name=relay.name,
            protected=relay.protected,
            level=relay.level,
            sender=relay.sender,
            senders=relay.senders,
            clients=relay.clients,
            waits=relay.waits,
            recipient=relay.recipient,
            size=relay.size,
            severities=tuple(pair for pair in relay.severities if pair[0] not in ALONE),
        )
        for group in others
        for relay in group
        if relay.level.rank >= Level.AUTH.rank and credentials.source(relay) == source
    }


def login(by: Relay, found: Mapping[Relay, Handshake], invited: Mapping[Relay, Relay]) -> Login:
    """`found` is of a session that has sent an AUTH; `by` is its `login_only` relay."""
    from reconciler.model.work.login import Login  # only where somebody else will ask for it

    return Login(
        by=by,
        found=found[by],
        refused=refusal((found[by],)),
        for_others={relay: found[asked] for relay, asked in invited.items()},
    )


def shared(group: Group, found: Mapping[Relay, Handshake]) -> Mapping[Relay, Handshake]:
    """A session that has sent an AUTH, told to each of its relays: a refusal is the first one's, and not a second."""
    first = _first(group)
    return {relay: found[relay] if relay == first else _refused(relay, found[relay], first) for relay in group}


def continued(relay: Relay, found: Handshake, login: Login) -> Handshake:
    """`found` got as far as one can without a login; `login` says the rest."""
    if relay.level.rank < Level.AUTH.rank:
        return found
    if not any((check.id, check.status) == ("SMTP300", CheckStatus.PASS) for check in found.checks):
        return replace(found, level=relay.level)  # it has its own failure
    told = {check.id: check for check in _told(relay, found, login)}
    checks = (*(check for check in found.checks if check.id not in told), *told.values())
    proven = "SMTP302" in told and told["SMTP302"].status is CheckStatus.PASS
    reached = found.reached and proven and login.for_others[relay].reached
    summary = f"{found.summary}, login verified on {where(login)}" if proven else found.summary
    verdict = status(checks, reached=reached)
    return replace(found, level=relay.level, checks=checks, status=verdict, summary=summary, reached=reached)


def without(relay: Relay, found: Handshake, why: CheckResult) -> Handshake:
    """`found` got as far as TLS; `why` says why not further."""
    if relay.level.rank < Level.AUTH.rank:
        return found
    checks = (*found.checks, severity.judged(why, relay))
    return replace(found, level=relay.level, checks=checks, status=status(checks, reached=False), reached=False)


def _refused(relay: Relay, found: Handshake, by: Relay) -> Handshake:
    if (why := refusal((found,))) is None:
        return found
    return replace(found, checks=tuple(_again(one, relay, by) if one is why else one for one in found.checks))


def refusal(found: Iterable[Handshake]) -> CheckResult | None:
    """The check that says that a login was tried and did not succeed."""
    checks = (check for handshake in found for check in handshake.checks if check.id in ("SMTP302", "SMTP303"))
    return next((check for check in checks if check.status not in (CheckStatus.PASS, CheckStatus.SKIPPED)), None)


def _told(relay: Relay, found: Handshake, login: Login) -> Sequence[CheckResult]:
    same = credentials.source(relay) == credentials.source(login.by)
    if login.refused is not None and same and relay.port == login.by.port and not login.earlier:
        return (_again(login.refused, relay, login.by),)
    proof = login.for_others.get(relay)
    proven = proof is not None and refusal((proof,)) is None and any(one.id == "SMTP302" for one in proof.checks)
    if login.refused is not None or (same and not proven):
        refused = f"a login as {relay.username} at {relay.host} was already refused in this run, which tries only one"
        advice = "fix that one first, then verify again"
        return (severity.judged(inconclusive("SMTP302", f"not tried: {refused}", advice=advice), relay),)
    if proof is None or not same:
        reason = f"not tried: this run logged in as {relay.username} with another credential, and tries only one"
        advice = "use one reference for both relays, or verify them one at a time with --select"
        return (severity.judged(inconclusive("SMTP302", reason, advice=advice), relay),)
    from reconciler.pipeline.verify import same_server  # only where a login is shared

    one = same_server.one_listener(relay, login.by)
    if not one and (differs := same_server.difference(found, login.found)) is not None:
        return (severity.judged(_other_server(relay, login, differs), relay),)
    return tuple(_by(check, login) for check in proof.checks if _behind_login(check.id))


def _other_server(relay: Relay, login: Login, differs: str) -> CheckResult:
    reason = f"not tried: this is another server than {where(login)}, where this run has logged in: {differs}"
    advice = "verify it by itself, with --select; one login per user of a host and run is enough"
    return inconclusive("SMTP302", reason, advice=advice)


def _behind_login(check: str) -> bool:
    return CATALOGUE[check].level.rank >= Level.AUTH.rank and check not in _ITS_OWN


def _again(refused: CheckResult, relay: Relay, by: Relay) -> CheckResult:
    """A login that did not succeed, as `relay` hears of it."""
    check = severity.unjudged(refused)
    became = "refused" if check.status is CheckStatus.FAIL else "tried"
    evidence = "\n".join(filter(None, (f"by this run's one login, on {_where(by)}", check.evidence)))
    told = replace(check, reason=f"{check.reason}; {became} on {_where(by)}, not tried again", evidence=evidence)
    return severity.judged(told, relay)


def _first(group: Group) -> Relay:
    """The one that a login of the group is told of as its own."""
    return next(relay for relay in group if relay.level.rank >= Level.AUTH.rank)


def _where(relay: Relay) -> str:
    return place(relay.host, relay.port) + (f" ({relay.name})" if relay.name else "")


def _by(check: CheckResult, login: Login) -> CheckResult:
    evidence = "\n".join(filter(None, (f"by this run's one login, on {where(login)}", check.evidence)))
    return replace(check, reason=f"{check.reason}, on {where(login)}", evidence=evidence)
