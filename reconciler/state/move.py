"""Takes what was applied from one place to another: from a folder into Vault, or the other way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from reconciler.errors import StateError
from reconciler.model.ports import State
from reconciler.model.runs.journal import Journal, Json
from reconciler.model.runs.lease import Holder
from reconciler.model.settings import Applied


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """`before`: it was there already, from an earlier attempt."""

    installation: str
    resources: int
    before: bool = False


def moved(source: State, target: State, holder: Holder, *, places: tuple[str, str]) -> Iterator[Moved]:
    """One installation after the other, all leased at both places; each is read back before it goes from the first.

    `places` are what people call the two; the journal of both has it. May be tried again after it was cut off. Raises
    LockedError, and StateError where the target knows something else.
    """
    names = source.installations()
    if not names:
        return
    with ExitStack() as held:
        journals = [held.enter_context(_journal(one, names, holder, places)) for one in (source, target)]
        for name in names:
            one = _one(name, source, target)
            for journal, done in journals:
                journal.write([{"event": "moved", "installation": name, "resources": one.resources}])
                done.append(name)
            yield one


@contextmanager
def _journal(
    state: State, names: Sequence[str], holder: Holder, places: tuple[str, str]
) -> Iterator[tuple[Journal, list[str]]]:
    """Under a lease; it ends with how many are in the list. Raises StateError, LockedError included."""
    first, second = places
    with state.lease(names, holder) as lease:
        for locked in lease.refused.values():
            raise locked
        begun = {"event": "begin", "run": holder.run, "owner": holder.owner, "fence": lease.fence}
        journal, done = state.journal.begin(lease.nonce, {**begun, "from": first, "to": second}), list[str]()
        try:
            yield journal, done
        except BaseException:
            with suppress(StateError):  # the first failure is what must be told
                journal.close(_end(done, names))
            raise
        journal.close(_end(done, names))


def _end(done: Sequence[str], names: Sequence[str]) -> Json:
    counts = {"moved": len(done)} if done else {}
    return {"event": "end", "complete": len(done) == len(names), "counts": counts, "units": []}


def _one(installation: str, source: State, target: State) -> Moved:
    entries = _sorted(source.load([installation]).get(installation, ()))
    there = _sorted(target.load([installation]).get(installation, ()))
    if there and there != entries:
        raise StateError(
            f"{installation}: there is another state at the target",
            why=f"{len(there)} resources there, {len(entries)} here, and they differ",
            fix="find out which is right; a state is never merged",
        )
    if not there:
        target.save(installation, entries)
        if _sorted(target.load([installation]).get(installation, ())) != entries:
            raise StateError(f"{installation}: what was written cannot be read back", fix="keep the first place")
    source.save(installation, ())
    return Moved(installation=installation, resources=len(entries), before=bool(there))


def _sorted(entries: Sequence[Applied]) -> tuple[Applied, ...]:
    return tuple(sorted(entries, key=lambda entry: str(entry.address)))
