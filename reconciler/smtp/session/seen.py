"""What a session saw of its relay, as facts for predictions: nothing is asked again, and no secret is in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.model.handshake import CheckStatus, Encryption, Relay
from reconciler.smtp.catalogue import auth_lines
from reconciler.smtp.predict.facts import Answer, RelayFacts
from reconciler.smtp.record.log import Log

_OPEN = {CheckStatus.PASS: Answer(530, 0.0, "5.7.0 Authentication required"), CheckStatus.WARN: Answer(250)}
_LET_IN, _REFUSED = Answer(235), Answer(535, 0.0, "5.7.8 …")
_VERSION = re.compile(r"TLSv(1\.\d)")


def facts(relay: Relay, log: Log, envelopes: Sequence[Log] = ()) -> RelayFacts | None:
    """None where the session did not get as far as what the relay offers to those who log in."""
    clear = relay.encryption is Encryption.NONE
    if (log.before if clear else log.inside) is None:
        return None
    took = {step.name: step.ms / 1000 for part in (log, *envelopes) for _, step in part.steps}
    version, suite = _tls(log)
    limit = auth_lines.of(log.greeting)
    return RelayFacts(
        host=relay.host,
        port=relay.port,
        speaks="tls" if relay.encryption is Encryption.TLS else "smtp",
        banner=Answer(220, took.get("banner", 0.0)),
        ehlo=Answer(250, took.get("EHLO", 0.0)),
        before=_lines(log.before),
        starttls=Answer(220, took["STARTTLS"]) if "STARTTLS" in took else None,
        tls=version,
        suites=suite,
        faults=None if clear else frozenset(),
        inside=_lines(log.inside),
        auth=_login(log, took.get("AUTH", 0.0)),
        line=limit.most if limit else None,
        open=_OPEN.get(log.checks["SMTP305"].status) if "SMTP305" in log.checks else None,
        mail=_answer(took, "MAIL"),
        rcpt=_answer(took, "RCPT"),
        dot=_answer(took, "message"),
    )


def _lines(hello: tuple[bytes, ...] | None) -> tuple[str, ...] | None:
    """Without codes, and without the first line, which names the server."""
    return None if hello is None else tuple([line[4:].decode("ascii", "replace") for line in hello[1:]])


def _login(log: Log, seconds: float) -> tuple[tuple[str, Answer], ...]:
    """Of each mechanism that a login was made with."""
    found = log.checks.get("SMTP302")
    if log.mechanism is None or found is None or found.status is not CheckStatus.PASS:
        return ()
    others = ((name, _LET_IN if one.status is CheckStatus.PASS else _REFUSED) for name, one in log.each.items())
    return ((log.mechanism, Answer(235, seconds)), *others)


def _tls(log: Log) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Version and family of the cipher suite that were agreed: what else the relay takes was not seen."""
    said = log.checks["SMTP203"].reason if "SMTP203" in log.checks else ""
    if not (found := _VERSION.match(said)):
        return None, None
    return frozenset({found[1]}), None if found[1] == "1.3" else frozenset({_family(said)})


def _family(suite: str) -> str:
    """Of a suite of TLS 1.2: those of 1.3 have none."""
    if "ECDHE-" not in suite:
        return "DHE" if "DHE-" in suite else "RSA"
    if "GCM" in suite or "CHACHA20" in suite:
        return "ECDHE-GCM" if "GCM" in suite else "ECDHE-CHACHA20"
    return f"ECDHE-CBC{'384' if suite.endswith('SHA384') else '256' if suite.endswith('SHA256') else ''}"


def _answer(took: dict[str, float], step: str) -> Answer | None:
    return Answer(250, took[step]) if step in took else None
