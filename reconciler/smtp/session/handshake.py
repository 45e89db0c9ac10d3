"""The live SMTP handshake: proves a relay and its credential, with one login, and sends no message unless asked to."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from reconciler.model.handshake import Auth, CheckResult, Encryption, Handshake, Level, Relay
from reconciler.model.secret import SecretValue
from reconciler.model.text.message import worded
from reconciler.smtp.catalogue import severity
from reconciler.smtp.catalogue.checks import ALONE, INSIDE
from reconciler.smtp.catalogue.results import DISTRUST, inconclusive, skipped
from reconciler.smtp.protocol.wire import Wire
from reconciler.smtp.record.evidence import Evidence
from reconciler.smtp.record.log import Log, Stop, Timeouts
from reconciler.smtp.route import reach
from reconciler.smtp.session import envelope, login, refusal, static
from reconciler.smtp.session.budget import Budget
from reconciler.smtp.session.dialog import Dialog
from reconciler.smtp.session.verdict import verdict
from reconciler.smtp.tls import context as tls

if TYPE_CHECKING:
    from reconciler.smtp.record.transcript import Tell, Transcript

_DEFAULT = Timeouts()


async def handshake(
    relay: Relay,
    password: SecretValue | None,
    *,
    plaintext_allowed: bool = False,
    timeouts: Timeouts = _DEFAULT,
    sanity: CheckResult | None = None,
) -> Handshake:
    """Goes as far as `relay.level`. `plaintext_allowed`: the credential may go over an unencrypted connection.

    `password` is the access token where auth is oauth2; `sanity` what was found in it (SMTP304).
    """
    found = await handshakes((relay,), password, plaintext_allowed=plaintext_allowed, timeouts=timeouts, sanity=sanity)
    return found[relay]


async def handshakes(
    relays: Sequence[Relay],
    password: SecretValue | None,
    *,
    plaintext_allowed: bool = False,
    timeouts: Timeouts = _DEFAULT,
    sanity: CheckResult | None = None,
    budget: Budget | None = None,
    tell: Tell | None = None,
) -> Mapping[Relay, Handshake]:
    """One session with one AUTH for relays that differ only in name, level, envelope, severities and DNS.

    Without a password where `budget` knows of a login already, it is enough that AUTH is offered. `tell` hears
    the dialogue.
    """
    found = {}
    for relay in relays:
        if (refused := refusal.reason(relay, password, plaintext_allowed=plaintext_allowed)) is not None:
            log = Log(evidence=Evidence(None, None), ends=0, stopped=refused)
            log.keep(refused)
            found[relay] = verdict(relay, log)
    if welcome := tuple(relay for relay in relays if relay not in found):
        furthest = max(welcome, key=lambda relay: relay.level.rank)
        if any(relay.protected for relay in welcome):
            furthest = replace(furthest, protected=True)
        timeouts = timeouts.patient(furthest.patience)
        ends = perf_counter() + timeouts.total
        evidence = Evidence(furthest.username, password, host=furthest.host.rstrip("."), port=furthest.port)
        log = Log(evidence=evidence, ends=ends, transcript=_transcript(tell, evidence))
        wanted = dict.fromkeys(pair for relay in welcome for pair in envelope.all_of(relay))
        session = _Session(
            relay=furthest,
            password=password,
            sanity=sanity,
            timeouts=timeouts,
            budget=budget or Budget(),
            log=log,
            envelopes={pair: log.another() for pair in wanted},
            messages=frozenset(envelope.declared(relay) for relay in welcome if relay.level is Level.MESSAGE),
            extra=tuple(sorted(set().union(*map(severity.enabled, welcome)))),
            clients=tuple(dict.fromkeys(name for relay in welcome for name in relay.clients or (None,))),
        )
        await session.run(plaintext_allowed=plaintext_allowed)
        for relay in welcome:
            found[relay] = verdict(relay, session.log, [session.envelopes[pair] for pair in envelope.all_of(relay)])
    return found


def _transcript(tell: Tell | None, evidence: Evidence) -> Transcript | None:
    if tell is None:
        return None
    from reconciler.smtp.record.transcript import Transcript

    return Transcript(tell=tell, evidence=evidence)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class _Session:
    """What relays that share a login share; `relay` is the one of them that goes furthest."""

    relay: Relay
    password: SecretValue | None
    sanity: CheckResult | None
    timeouts: Timeouts
    budget: Budget
    log: Log
    envelopes: Mapping[envelope.Addressed, Log]
    messages: frozenset[envelope.Addressed]
    extra: tuple[str, ...] = field(default=())
    clients: tuple[str | None, ...] = ()

    async def run(self, *, plaintext_allowed: bool) -> None:
        wire: Wire | None = None
        dialog: Dialog | None = None
        log = self.log
        try:
            for result in static.checks(self.relay, datetime.now(UTC).date(), plaintext_allowed=plaintext_allowed):
                (log.keep if result.id == "SMTP001" else log.add)(result)
            context = self._context()
            wire = await reach.connected(self.relay, self.timeouts, log)
            dialog = Dialog(relay=self.relay, wire=wire, log=log, timeouts=self.timeouts, clients=self.clients)
            for part in (log, *self.envelopes.values()):
                part.wire = wire
            await self._dialogue(dialog, context)
        except Stop as stop:
            log.stopped = stop.result
            if log.transcript is not None:
                log.transcript.trouble(f"{stop.result.id} {stop.result.reason}")
            log.polite = not log.broken and stop.result.id not in DISTRUST
        else:
            log.polite = not log.broken
        finally:
            if wire is not None:
                if dialog is not None and log.polite:
                    await dialog.quit()
                    await wire.farewell()
                await wire.close()
        # from here on on connections without a credential, one at a time: relays count them
        await self._greylisted()
        await self._explained()
        await self._each_mechanism()
        await self._alike(dialog)
        await self._controlled()

    async def _dialogue(self, dialog: Dialog, context: ssl.SSLContext | None) -> None:
        await dialog.opened(context)
        if self.relay.level.rank >= Level.AUTH.rank:
            await self._logged_in(dialog)
        await self._enveloped(dialog)
        await dialog.silence()
        if self.relay.level.rank >= Level.ENVELOPE.rank:
            await self._controlled_inside(dialog)

    def _context(self) -> ssl.SSLContext | None:
        relay = self.relay
        if relay.encryption is Encryption.NONE or relay.level.rank <= Level.CONNECT.rank:
            return None
        try:
            return tls.context(relay.ca_file)
        except OSError as error:  # ssl.SSLError is one
            from reconciler.smtp.tls import not_pem

            self.log.fail(not_pem.result(relay.ca_file, error))

    async def _logged_in(self, dialog: Dialog) -> None:
        relay = self.relay
        if relay.auth is Auth.NONE:
            return
        if self.password is None and self.budget.tried(relay):
            self.log.proven.append((Level.AUTH, f"AUTH {login.offered(dialog)} offered"))
            return
        if relay.username is None or self.password is None:
            kind = "access token" if relay.auth is Auth.OAUTH2 else "password"
            missing = "username" if relay.username is None else kind
            self.log.fail(inconclusive("SMTP302", f"no login was tried: there is no {missing}"))
        await login.login(dialog, relay.username, self.password, self.sanity, self.budget)

    async def _enveloped(self, dialog: Dialog) -> None:
        """Each pair of sender and recipient in turn; one that is refused does not stop the others."""
        common, clean = dialog.log, True
        controlled = any(check in self.extra for check in INSIDE)
        last = list(self.envelopes)[-1] if self.envelopes and not controlled else None
        for pair, log in self.envelopes.items():
            dialog.log, log.since = log, perf_counter()
            try:
                if not clean:
                    log.fail(inconclusive("SMTP400", "not tried: the session had ended"))
                await self._tried(dialog, pair, then=("RSET", "QUIT") if pair == last else ("RSET",))
            except Stop as stop:
                log.stopped = stop.result
                if log.transcript is not None:
                    log.transcript.trouble(f"{stop.result.id} {stop.result.reason}")
                clean = clean and not log.broken and await dialog.try_command("RSET")
        dialog.log, common.since = common, perf_counter()
        common.broken = common.broken or not clean

    async def _tried(self, dialog: Dialog, pair: envelope.Addressed, *, then: tuple[str, ...]) -> None:
        sender, recipient, size = pair
        if sender is None or recipient is None:
            missing = "sender" if sender is None else "recipient"
            told = worded("{declare:{missing}}", missing=missing)
            dialog.log.fail(inconclusive("SMTP400", f"not tried: there is no {missing}", advice=told))
        if not self.budget.envelope(self.relay.host):
            reason = "not tried: this run has aborted enough transactions on this server"
            advice = "verify fewer senders per relay at level envelope, or split the run"
            dialog.log.fail(inconclusive("SMTP400", reason, advice=advice))
        if pair in self.messages:
            await envelope.envelope(dialog, sender, recipient, size)
            await envelope.message(dialog, sender, recipient)
        else:
            await envelope.envelope(dialog, sender, recipient, size, then=then)
            await envelope.reset(dialog)

    async def _greylisted(self) -> None:
        """Once more, where the relay said when."""
        if all(log.again is None for log in self.envelopes.values()):
            return
        from reconciler.smtp.session import greylist

        for (sender, recipient, size), log in self.envelopes.items():
            relay = replace(self.relay, sender=sender, recipient=recipient, size=size)
            if (wait := greylist.waits(relay, log, self.timeouts)) is not None:
                await greylist.again(relay, wait, self._context(), self.timeouts, log)

    async def _each_mechanism(self) -> None:
        """A login of its own for each that a client takes and the one of this session did not prove."""
        if self.budget.each and self.password is not None and self.log.let_in:
            from reconciler.smtp.session import each

            await each.logins(self.relay, self.clients, self.password, self.timeouts, self.log)

    async def _alike(self, dialog: Dialog | None) -> None:
        """What the other addresses of the name do."""
        if len(self.log.addresses) < 2:
            return
        from reconciler.smtp.session import nodes

        if nodes.several(self.relay, self.log):
            ask = partial(nodes.alike, self.relay, self.timeouts, self.log, nodes.seen(self.log, dialog))
            self.log.keep(await self.budget.once(nodes.question(self.relay), ask))

    async def _explained(self) -> None:
        """Why a verified TLS handshake failed."""
        log, stopped = self.log, self.log.stopped
        if stopped is None or not log.curious:
            return
        from reconciler.smtp.session import postmortem  # a relay that is well needs none

        log.looked_again = True
        better, *others = await postmortem.explained(stopped, self.relay, self.timeouts, log)
        del log.checks[stopped.id]
        log.stopped = log.keep(better)
        for other in others:
            log.keep(other)

    async def _controlled_inside(self, dialog: Dialog) -> None:
        for check in INSIDE:
            if check in self.extra and not self.log.broken:
                from reconciler.smtp.session import controls

                await self._keep(check, partial(controls.inside, check, dialog))

    async def _controlled(self) -> None:
        """What was asked for and has no result yet; where the session did not get far enough, it says so."""
        log = self.log
        for check in (*INSIDE, *ALONE):
            if check not in self.extra or check in log.checks:
                continue
            from reconciler.smtp.catalogue import needs
            from reconciler.smtp.session import controls

            early = needs.below(check, self.relay)
            if log.stopped is not None or (check in INSIDE and early is None):
                why = log.stopped.id if log.stopped else "an earlier failure"
                log.keep(skipped(check, f"not tried: {why} ended the session"))
            elif early is not None:
                log.keep(skipped(check, f"not tried: {early.reason}", advice=f"--level {early.wanted}"))
            else:
                ask = partial(controls.alone, check, self.relay, self.timeouts, log)
                await self._keep(check, ask)

    async def _keep(self, check: str, ask: Callable[[], Awaitable[CheckResult]]) -> None:
        from reconciler.smtp.session import controls

        self.log.keep(await self.budget.once(controls.question(check, self.relay), ask))
