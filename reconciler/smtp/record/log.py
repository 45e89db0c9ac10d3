"""What a dialog did and found. Commands are kept by their verb alone, so no credential can get in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from reconciler.model.handshake import Certificate, CheckResult, CheckStatus, Level, Step
from reconciler.smtp.catalogue.results import ENDING, failed, silent, unanswered
from reconciler.smtp.protocol.deadlines import Patience
from reconciler.smtp.protocol.reply import Malformed
from reconciler.smtp.protocol.wire import Lost, Unsolicited, Wire
from reconciler.smtp.record.evidence import Evidence

if TYPE_CHECKING:
    from reconciler.smtp.record.transcript import Transcript
    from reconciler.smtp.record.verify_codes import Refusal

_OPEN = frozenset({"EHLO again"})  # where a connection that ends says as little as silence does

Hint = Callable[[BaseException], str | None]


class Timeouts(NamedTuple):
    """Seconds for each step, and for all of them together."""

    dns: float = 5
    tcp: float = 5
    via: float = 15  # instead of both, through a proxy or ssh: two connections and, with ssh, a login
    # RFC 5321 allows five minutes; servers that make spammers wait take up to half a minute
    banner: float = 30
    ehlo: float = 20
    tls: float = 10
    # a server that punishes wrong passwords (Dovecot) lets the right one wait too
    auth: float = 25
    envelope: float = 15  # MAIL, RCPT and RSET, each
    message: float = 30  # DATA, and the message: content filters take their time
    linger: float = 0.5  # how long to listen for an answer that must not come
    quit: float = 2
    greylist: float = 60  # how long a greylisting relay is waited for, where it says how long
    total: float = 90
    most: float = inf  # of any step, whatever else was asked for

    def patient(self, steps: Iterable[tuple[str, float]]) -> Timeouts:
        """With other times for single steps, by name; the total grows with what is longer than before."""
        wanted = {name: min(seconds, self.most) for name, seconds in steps}
        if not wanted:
            return self
        longer = sum(max(0.0, seconds - getattr(self, name)) for name, seconds in wanted.items() if name != "total")
        return self._replace(**({"total": self.total + longer} | wanted))

    def capped(self, most: float) -> Timeouts:
        """No step takes longer than `most` seconds; shorter ones stay as they are, and so does the total."""
        steps = [name for name in self._fields if name not in ("total", "most")]
        return self._replace(most=most, **{name: min(getattr(self, name), most) for name in steps})


class Stop(Exception):
    """The dialog ends with this result."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(result.id)
        self.result = result


class Log:
    """Belongs to one dialog, or to one envelope of it; `ends` is when its time is up, in seconds of `perf_counter`.

    No dataclass: one of two dozen fields takes as long to make as a third of a handshake.
    """

    def __init__(
        self,
        *,
        evidence: Evidence,
        ends: float,
        stopped: CheckResult | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        self.evidence, self.ends, self.transcript = evidence, ends, transcript
        self.stopped = stopped  # what ended the session before its level was reached
        self.steps: list[tuple[Level, Step]] = []
        self.checks: dict[str, CheckResult] = {}
        self.took: dict[str, float] = {}  # ms from the result before to that of this check
        self.since = perf_counter()  # when the result before was there
        self.proven: list[tuple[Level, str]] = []
        self.certificate: Certificate | None = None  # that the relay has shown
        self.last: str | None = None  # the verb that was sent last
        self.polite = False  # QUIT was sent after a failure
        self.looked_again = False  # a second connection, without credential, has looked why TLS failed
        self.silent = False  # no answer came in time
        self.refusal: Refusal | None = None  # what is wrong with the chain of certificates
        self.curious = False  # the other end does not speak TLS as it must: a second look may say why
        self.in_clear = False  # where TLS was due from the first byte, SMTP was spoken in clear
        self.again: float | None = None  # seconds until a greylisting relay wants the next attempt
        self.addresses: tuple[str, ...] = ()  # of the relay's name
        self.address = ""  # that answered
        self.wire: Wire | None = None  # for what had come when the time was up
        self.patience = Patience()
        self.offered: frozenset[str] = frozenset()  # the mechanisms of AUTH, where the session got so far
        self.mechanism: str | None = None  # the one that a login was made with
        self.each: dict[str, CheckResult] = {}  # of further mechanisms that were logged in with, one by one
        self.named_as_client = False  # EHLO gave the name that the clients give
        self.before: tuple[bytes, ...] | None = None  # the answer to EHLO before TLS
        self.inside: tuple[bytes, ...] | None = None  # and the one inside it
        self.greeting = b""  # the first line of it
        self.broken = False  # the session is not at a place where a command could follow

    @property
    def let_in(self) -> bool:
        """Whether the login of this session succeeded."""
        found = self.checks.get("SMTP302")
        return self.mechanism is not None and found is not None and found.status is CheckStatus.PASS

    def another(self) -> Log:
        """For another connection, or another part, of the same session."""
        return Log(evidence=self.evidence, ends=self.ends, transcript=self.transcript)

    def tell(self, event: str) -> None:
        if self.transcript is not None:
            self.transcript.event(event)

    def add(self, result: CheckResult) -> None:
        """Keeps a result; a failure ends the dialog. Raises Stop then."""
        if result.status in ENDING:
            self.fail(result)
        self.keep(result)

    def fail(self, result: CheckResult) -> NoReturn:
        """Keeps the result and raises Stop: the dialog ends."""
        raise Stop(self.keep(result))

    def keep(self, result: CheckResult) -> CheckResult:
        """Keeps a result, whatever it says."""
        now = perf_counter()
        self.checks[result.id] = result
        self.took[result.id] = (now - self.since) * 1000
        self.since = now
        return result

    def step(self, name: str, level: Level, check: str, seconds: float, hint: Hint | None = None) -> _Timed:
        """Times a step; a lost connection and replies that are none become the failure of `check`.

        Silence is inconclusive. `hint` knows better advice than the catalogue for TimeoutError, Lost, Malformed.
        """
        return _Timed(self, name, level, check, seconds, hint)

    def ended(self, step: _Timed, error: BaseException, *, late: bool) -> None:
        """What a step ended with becomes its result. Raises Stop when that is a failure."""
        name, check = step.name, step.check
        hint = step.hint(TimeoutError() if late else error) if step.hint is not None else None
        if late or isinstance(error, TimeoutError):
            came = self.wire.pending if self.wire is not None else b""
            self.silent = not came
            reason = f"{name}: no {'complete answer' if came else 'answer'} within {step.limit:.3g} s"
            said = self.evidence.raw(came) if came else None
            self._break(silent(check, reason, evidence=said, advice=None if came else hint))
        elif isinstance(error, Lost) and error.alert is not None:
            from reconciler.smtp.record import diagnosis  # where TLS is well, nothing is to be diagnosed

            reason = f"{name}: the relay ended the TLS session"
            self._break(failed("SMTP203", reason, evidence=error.alert, advice=diagnosis.afterwards(error.alert)))
        elif isinstance(error, Lost):
            report = silent if name in _OPEN else unanswered
            self._break(report(check, f"{name}: the server closed the connection", advice=hint))
        elif isinstance(error, Malformed):
            said = self.evidence.raw(error.evidence)
            self._break(failed(check, f"{name}: {error.what}", evidence=said, advice=hint))
        elif isinstance(error, Unsolicited):
            reason = f"the server spoke before {name} was sent"
            self._break(failed("SMTP104", reason, evidence=self.evidence.raw(error.data)))

    def _break(self, result: CheckResult) -> NoReturn:
        self.broken = True
        self.fail(result)


class _Timed:
    """One step, as `with` sees it. A class, and no async one: there are a dozen in each handshake."""

    __slots__ = ("_level", "_log", "_started", "check", "hint", "limit", "name")

    def __init__(self, log: Log, name: str, level: Level, check: str, seconds: float, hint: Hint | None) -> None:
        self._log, self._level = log, level
        self.name, self.check, self.hint = name, check, hint
        self._started = perf_counter()
        self.limit = max(0.0, min(seconds, log.ends - self._started))

    def __enter__(self) -> None:
        self._log.patience.begin(self.limit)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        log = self._log
        late = log.patience.over(kind)
        try:
            if error is not None:
                log.ended(self, error, late=late)
        finally:
            took = round((perf_counter() - self._started) * 1000, 1)
            log.steps.append((self._level, Step(name=self.name, ms=took)))
