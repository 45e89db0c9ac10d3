"""What a dialog did and found. Commands are kept by their verb alone, so no credential can get in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import NoReturn

from reconciler.model.handshake import CheckResult, CheckStatus, Level, Step
from reconciler.smtp.checks import failed, unanswered
from reconciler.smtp.evidence import Evidence
from reconciler.smtp.reply import Malformed
from reconciler.smtp.wire import Lost, Unasked


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds for each step, and for all of them together."""

    dns: float = 5
    tcp: float = 5
    via: float = 15  # instead of both, through a proxy or ssh: two connections and, with ssh, a login
    banner: float = 10
    ehlo: float = 10
    tls: float = 10
    # a server that punishes wrong passwords (Dovecot) lets the right one wait too
    auth: float = 25
    envelope: float = 15  # MAIL, RCPT and RSET, each
    message: float = 30  # DATA, and the message: content filters take their time
    linger: float = 0.5  # how long to listen for an answer that must not come
    quit: float = 2
    total: float = 60


class Stop(Exception):
    """The dialog ends with this result."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(result.id)
        self.result = result


@dataclass(slots=True, kw_only=True)
class Log:
    """Belongs to one dialog, or to one envelope of it; `ends` is when its time is up."""

    evidence: Evidence
    ends: float
    steps: list[tuple[Level, Step]] = field(default_factory=list)
    checks: dict[str, CheckResult] = field(default_factory=dict)
    proven: list[tuple[Level, str]] = field(default_factory=list)
    certificate_expires: str | None = None
    last: str | None = None  # the verb that was sent last
    polite: bool = False  # QUIT was sent after a failure
    stopped: CheckResult | None = None  # what ended the session before its level was reached
    looked_again: bool = False  # a second connection, without credential, has looked why TLS failed
    curious: bool = False  # the other end speaks TLS, but not as it must: a second look would say why
    began: float | None = None  # when the step began that is being done
    broken: bool = False  # the session is not at a place where a command could follow

    def add(self, result: CheckResult) -> None:
        """Keeps a result; a failure ends the dialog."""
        if result.status in (CheckStatus.FAIL, CheckStatus.INCONCLUSIVE):
            self.fail(result)
        self.keep(result)

    def fail(self, result: CheckResult) -> NoReturn:
        raise Stop(self.keep(result))

    def keep(self, result: CheckResult) -> CheckResult:
        """Keeps a result, whatever it says; it took as long as the step that led to it."""
        if result.ms is None:
            took = (perf_counter() - self.began) * 1000 if self.began is not None else self._last_ms()
            result = CheckResult(  # replace() would take five times as long, some twenty times in each session
                id=result.id,
                status=result.status,
                reason=result.reason,
                evidence=result.evidence,
                advice=result.advice,
                ms=took if took is None else round(took, 1),
            )
        self.checks[result.id] = result
        return result

    def _last_ms(self) -> float | None:
        return self.steps[-1][1].ms if self.steps else None

    @asynccontextmanager
    async def step(
        self, name: str, level: Level, check: str, seconds: float, hint: str | None = None
    ) -> AsyncIterator[None]:
        """Times a step; silence, a lost connection and replies that are none become the failure of `check`."""
        self.began = started = perf_counter()
        limit = max(0.0, min(seconds, self.ends - started))
        try:
            async with asyncio.timeout(limit):
                yield
        except TimeoutError:
            self._break(unanswered(check, f"{name}: no answer within {limit:.3g} s", advice=hint))
        except Lost:
            self._break(unanswered(check, f"{name}: the server closed the connection", advice=hint))
        except Malformed as error:
            said = self.evidence.raw(error.evidence)
            self._break(failed(check, f"{name}: {error.what}", evidence=said, advice=hint))
        except Unasked as error:
            reason = f"the server spoke before {name} was sent"
            self._break(failed("SMTP104", reason, evidence=self.evidence.raw(error.data)))
        finally:
            self.began = None
            self.steps.append((level, Step(name=name, ms=round((perf_counter() - started) * 1000, 1))))

    def _break(self, result: CheckResult) -> NoReturn:
        self.broken = True
        self.fail(result)
