"""The document of a claim: who is at an installation, or was last, and what came of it. It holds no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconciler.errors import EngineError

if TYPE_CHECKING:
    from reconciler.secrets.vault.store import VaultStore

MOST = 700_000  # characters of an answer that is kept: Vault's storage takes a mebibyte in one piece
_LAST = 200  # messages that are remembered where nothing orders them
_FIELDS = {"run": str, "fence": int, "seq": int, "jti": str, "worker": str, "take": str, "state": str, "beat": int}
_KEPT = {"answer": str, "ended": float, "before": str}


class State(StrEnum):
    MINE = "mine"  # at it, as long as the document moves
    DONE = "done"
    LOST = "lost"  # its worker is gone, and nobody knows how far it got


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`take` is made up anew for each one: two deliveries to one worker are two. `ended` is the worker's own clock, in
    seconds since the epoch, and only good to forget by. `before` are the messages before it, where nothing orders them.
    """

    run: str
    fence: int
    seq: int
    jti: str
    worker: str
    take: str
    state: State = State.MINE
    beat: int = 0
    answer: str = ""
    ended: float = 0.0
    before: str = ""

    def follows(self, last: Claim) -> bool:
        """Whether this message comes after it. Without a lease (fence 0) nothing says so: each is new once."""
        if self.fence == 0:
            return self.jti not in last.before.split()
        return (self.fence, self.seq) > (last.fence, last.seq)

    def after(self, last: Claim | None) -> Claim:
        """This one, with what it has to remember of the one before it."""
        if last is None or self.fence != 0:
            return self
        return replace(self, before=" ".join([*last.before.split(), last.jti][-_LAST:]))


def at(store: VaultStore, path: str) -> tuple[Claim | None, int]:
    """The claim, and the version that the next check-and-set names. Raises SecretError and EngineError."""
    found = store.read_json(path)
    return read(found.data, path) if found.data else None, found.version


def document(one: Claim) -> dict[str, Any]:
    return {**asdict(one), "state": one.state.value}


def read(found: Mapping[str, Any], path: str) -> Claim:
    """Raises EngineError for what is no claim of ours."""
    kinds = {**_FIELDS, **_KEPT}
    plain = {**found, "ended": float(found["ended"])} if type(found.get("ended")) is int else found
    if plain.keys() != kinds.keys() or any(type(plain[name]) is not kind for name, kind in kinds.items()):
        raise _odd(path)
    try:
        return Claim(**{**plain, "state": State(plain["state"])})
    except ValueError:
        raise _odd(path) from None


def _odd(path: str) -> EngineError:
    why = "somebody else wrote it, or another version of the worker"
    return EngineError(f"{path} is no claim", why=why, fix="look at it, and remove it when no write goes on there")
