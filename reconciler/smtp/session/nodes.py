"""Every address of a relay's name (SMTP105): TLS with each of them, and no login. A node that differs is named."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

from reconciler.model.handshake import CheckResult, Encryption, Level, Relay
from reconciler.smtp.catalogue.results import CATALOGUE, informed, passed, warned
from reconciler.smtp.record.log import Log, Stop, Timeouts
from reconciler.smtp.route import reach
from reconciler.smtp.session.budget import loopback
from reconciler.smtp.session.dialog import Dialog
from reconciler.smtp.tls import context as tls

CHECK = "SMTP105"
MOST = 8  # addresses of one name that are asked
_UNREACHED = "SMTP100"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What one address did: `trouble` is None where it went as far as TLS; `logins` are the mechanisms it offers."""

    address: str
    trouble: str | None = None
    reached: bool = True
    logins: frozenset[str] = frozenset()

    @property
    def face(self) -> tuple[str | None, frozenset[str]]:
        """What has to be the same everywhere."""
        return self.trouble, self.logins


def several(relay: Relay, log: Log) -> bool:
    """Whether there is more than one address to ask: the name's, and not this machine itself."""
    return len(log.addresses) > 1 and relay.via is None and not loopback(relay.host) and not log.silent


def question(relay: Relay) -> tuple[Hashable, ...]:
    """All that the answer depends on."""
    host = relay.host.lower().rstrip(".")
    deep = relay.level.rank >= Level.TLS.rank
    return (CHECK, host, relay.port, relay.encryption, relay.ca_file, relay.ehlo_name, relay.pins, deep)


def seen(log: Log, dialog: Dialog | None) -> Node:
    """The address of the session itself."""
    stopped = log.stopped
    early = stopped if stopped is not None and CATALOGUE[stopped.id].level.rank <= Level.TLS.rank else None
    return Node(
        address=log.address,
        trouble=f"{early.id} {early.reason}" if early is not None else None,
        logins=dialog.offered.get("AUTH", frozenset()) if dialog is not None and early is None else frozenset(),
    )


async def alike(relay: Relay, timeouts: Timeouts, common: Log, own: Node) -> CheckResult:
    """One address after the other: relays count connections."""
    others = [address for address in common.addresses if address != own.address][: MOST - 1]
    found = [own, *[await _asked(relay, timeouts, common, address) for address in others]]
    return _judged(found, len(common.addresses))


async def _asked(relay: Relay, timeouts: Timeouts, common: Log, address: str) -> Node:
    log, wire = common.another(), None
    log.tell(f"another connection, without a login, to {address}")
    try:
        wire = log.wire = await reach.to(address, relay, timeouts, log)
        dialog = Dialog(relay=relay, wire=wire, log=log, timeouts=timeouts)
        await dialog.opened(_context(relay))
        await dialog.quit()
    except Stop as stop:
        reached = stop.result.id != _UNREACHED
        trouble = f"{stop.result.id} {stop.result.reason}" if reached else stop.result.evidence or stop.result.reason
        return Node(address=address, trouble=trouble, reached=reached)
    finally:
        if wire is not None:
            await wire.close()
    return Node(address=address, logins=dialog.offered.get("AUTH", frozenset()))


def _context(relay: Relay) -> ssl.SSLContext | None:
    bare = relay.encryption is Encryption.NONE or relay.level.rank < Level.TLS.rank
    return None if bare else tls.context(relay.ca_file)


def _judged(found: list[Node], total: int) -> CheckResult:
    reached = [one for one in found if one.reached]
    usual = Counter(one.face for one in reached if one.trouble is None).most_common(1)
    odd = [one for one in reached if not usual or one.face != usual[0][0]]
    shown = "\n".join(_line(one) for one in found)
    more = f"; {total - len(found)} more were not asked" if total > len(found) else ""
    if usual and odd:
        names = ", ".join(one.address for one in odd)
        reason = f"{len(odd)} of {len(reached)} addresses differ: {names}{more}"
        return warned(CHECK, reason, evidence=shown)
    away = len(found) - len(reached)
    alike = f"{len(reached)} of {len(found)} addresses answer alike{more}"
    if away:
        return informed(
            CHECK, f"{alike}; {'the other is' if away == 1 else 'the others are'} not reached from here", shown
        )
    return passed(CHECK, f"all {len(found)} addresses answer alike{more}", shown)


def _line(one: Node) -> str:
    said = f"AUTH {' '.join(sorted(one.logins))}" if one.logins else "no login offered"
    return one.trouble if not one.reached and one.trouble else f"{one.address}: {one.trouble or said}"
