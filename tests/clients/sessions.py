"""What one session of ours saw of a relay of each shape, as facts for predictions: recorded, and read back.

`python -m clients` renews `recordings/sessions.json`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.servers.shaped.authorities import Authorities
from lab.servers.shaped.server import ShapedRelay
from lab.servers.shaped.shape import RECIPIENTS, SENDER, Shape, shapes

from clients.recordings import FOLDER
from reconciler.model.handshake import Auth, Encryption, Handshake, Level, Relay, Status
from reconciler.model.secret import SecretValue
from reconciler.smtp.predict.facts import Answer, NameRule, RelayFacts
from reconciler.smtp.record.log import Log, Timeouts
from reconciler.smtp.session import seen
from reconciler.smtp.session.handshake import handshake

FILE = FOLDER / "sessions.json"
_SETS = ("tls", "suites", "faults")
_AT_ONCE = 8
# nobody waits longer here than the slowest shape takes
_TIMEOUTS = Timeouts(total=30)
_KEPT: dict[int, RelayFacts | None] = {}  # by port


def main() -> int:
    before = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    with _listening(), tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_AT_ONCE) as pool:
        authorities = Authorities(Path(folder))
        free = [one for one in shapes() if not one.port]
        found = dict(zip([one.name for one in free], pool.map(lambda one: _seen(one, authorities), free), strict=True))
        # one after the other, where each insists on the same port
        found |= {one.name: _seen(one, authorities) for one in shapes() if one.port}
    after = {one.name: found[one.name] for one in shapes()}
    for name, now in after.items():
        if (was := before.get(name, "new")) != now:
            print(f"our session: {name}: {was} → {now}"[:400])
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(one, ensure_ascii=False)}" for name, one in after.items())
    FILE.write_text(f"{{\n{rows}\n}}\n", "utf-8")
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`facts` is None where it did not get far enough to predict anything."""

    status: Status
    facts: RelayFacts | None

    @property
    def proves(self) -> bool:
        """Whether it got through itself, as far as a message."""
        return self.status in (Status.PASS, Status.WARN)


def recorded() -> dict[str, Session]:
    """By shape."""
    found = json.loads(FILE.read_text("utf-8"))
    return {
        name: Session(status=Status(one["status"]), facts=one["facts"] and _facts(one["facts"]))
        for name, one in found.items()
    }


def _seen(shape: Shape, authorities: Authorities) -> dict[str, Any]:
    with ShapedRelay(shape, authorities) as relay:
        result = asyncio.run(_session(shape, relay.port, authorities.ca_file))
        facts = _KEPT.pop(relay.port, None)
    return {"status": str(result.status), "facts": facts and _plain(dataclasses.replace(facts, port=shape.port or 587))}


@contextmanager
def _listening() -> Iterator[None]:
    """A handshake says what it predicts of clients, and not from which facts."""
    usual = seen.facts

    def heard(relay: Relay, log: Log, envelopes: Sequence[Log] = ()) -> RelayFacts | None:
        _KEPT[relay.port] = found = usual(relay, log, envelopes)
        return found

    seen.facts = heard
    try:
        yield
    finally:
        seen.facts = usual


async def _session(shape: Shape, port: int, ca_file: str) -> Handshake:
    told = shape.settings
    login = told.auth != "none"
    relay = Relay(
        name=None,
        host=told.host,
        port=port,
        encryption=Encryption(told.encryption),
        auth=Auth(told.auth),
        username=told.user if login else None,
        ca_file=ca_file,
        sender=SENDER,
        recipient=RECIPIENTS[0],
        level=Level.MESSAGE,
        others=("smtplib",),
    )
    secret = SecretValue(told.password) if login else None
    return await handshake(relay, secret, plaintext_allowed=True, timeouts=_TIMEOUTS)


def _plain(facts: RelayFacts) -> dict[str, Any]:
    """For JSON; seconds are whole, so that two runs say the same."""
    found = {}
    for one in dataclasses.fields(facts):
        value = getattr(facts, one.name)
        if value is not None:
            found[one.name] = _value(value)
    return found


def _value(value: object) -> Any:
    match value:
        case Answer():
            return [value.code, float(int(value.seconds)), value.text]
        case frozenset():
            return sorted(value)
        case tuple():
            return [_value(one) for one in value]
    return value


def _facts(given: dict[str, Any]) -> RelayFacts:
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name == "auth":
            read[name] = tuple((mechanism, Answer(*answer)) for mechanism, answer in value)
        elif name == "names":
            read[name] = tuple(NameRule(shape, at, Answer(*answer)) for shape, at, answer in value)
        elif name in _SETS:
            read[name] = frozenset(value)
        elif isinstance(value, list):
            read[name] = Answer(*value) if _is_answer(value) else tuple(value)
        else:
            read[name] = value
    return RelayFacts(**read)


def _is_answer(value: Sequence[object]) -> bool:
    return len(value) == 3 and isinstance(value[0], int)


if __name__ == "__main__":
    sys.exit(main())
