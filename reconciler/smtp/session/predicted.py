"""What the clients of a relay's applications would come to there (SMTP320 to SMTP325), out of what the session saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.model.answers.prediction import Kind, Outcome
from reconciler.model.handshake import CheckResult, CheckStatus, Relay
from reconciler.smtp.catalogue.results import failed, passed, warned
from reconciler.smtp.clients.client import load
from reconciler.smtp.predict.predict import predict
from reconciler.smtp.predict.use import Use
from reconciler.smtp.record.log import Log
from reconciler.smtp.session import seen

_CHECKS = {
    Kind.FAILS: "SMTP320",
    Kind.WAITS: "SMTP320",
    Kind.WITHOUT_LOGIN: "SMTP321",
    Kind.IN_CLEAR: "SMTP322",
    Kind.REFUSED_LOGINS: "SMTP323",
    Kind.REPORTED_FAILED: "SMTP324",
    Kind.SECOND_ADDRESS: "SMTP325",
}
_WELL = (Kind.SENDS,)
_SAID = frozenset({"no-auth", "no-mechanism"})  # SMTP300 says it


def outcomes(relay: Relay, log: Log, envelopes: Sequence[Log] = ()) -> tuple[Outcome, ...]:
    """One for each client, in their order; none where the session saw too little, or this credential was not let in."""
    login = log.checks.get("SMTP302") or log.checks.get("SMTP303")
    if login is not None and login.status is not CheckStatus.PASS:
        return ()
    if (found := seen.facts(relay, log, envelopes)) is None:
        return ()
    use = Use.of(relay)
    return tuple(predict(load(name), _patient(use, relay, name), found) for name in (*relay.clients, *relay.others))


def _patient(use: Use, relay: Relay, client: str) -> Use:
    """With the time-outs of the application: of several that send with this client the shortest."""
    own = [one for one in relay.waits if one[0] == client]
    if not own or all(connect is None and read is None for _, connect, read in own):
        return use
    connect, read = (None if None in told else min(told) for told in zip(*(one[1:] for one in own), strict=True))
    return replace(use, connect=connect, read=read)


def results(found: Sequence[Outcome], checks: Mapping[str, CheckResult]) -> Iterator[CheckResult]:
    """`checks` are those of the session so far."""
    told = "SMTP300" in checks and checks["SMTP300"].status is not CheckStatus.PASS
    known = [one for one in found if one.known and not (told and one.cause in _SAID)]
    kinds = [tuple(one.kinds) for one in known]
    if known and all(one == _WELL for one in kinds):
        yield passed("SMTP320", f"predicted: {', '.join([load(one.client).title for one in known])} can send")
        return
    for check in sorted(set(_CHECKS.values())):
        if these := [
            one for one, told in zip(known, kinds, strict=True) if any(_CHECKS.get(kind) == check for kind in told)
        ]:
            yield _result(check, these)


def _result(check: str, found: Sequence[Outcome]) -> CheckResult:
    """What nobody has run is no more than a warning."""
    reason = "; ".join(dict.fromkeys(_reason(one) for one in found))
    words = [f"{load(one.client).title} shows: {one.words}" for one in found if one.words]
    report = warned if all(one.unverified for one in found) else failed
    return report(check, reason, evidence="\n".join(words) or None, advice=found[0].advice)


def _reason(one: Outcome) -> str:
    title, kinds = load(one.client).title, ", ".join(one.kinds)
    why = f": {one.reason}" if one.reason else ""
    return f"{title} {kinds}{why}{' (UNVERIFIED)' if one.unverified else ''}"
