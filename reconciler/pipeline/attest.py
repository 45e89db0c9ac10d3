"""Records that a person has carried out what is declared. Believes them, and says so wherever it is shown."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from reconciler.errors import StateError
from reconciler.model import codec
from reconciler.model.plan import Git
from reconciler.model.ports import Lease, State
from reconciler.model.runs.journal import Journal, Json
from reconciler.model.runs.lease import Holder
from reconciler.model.settings import Applied, AppliedSecret, Attested, Desired, Value
from reconciler.pipeline.apply import attested, hand_over
from reconciler.pipeline.apply.record import Stamp
from reconciler.pipeline.observe import sent
from reconciler.pipeline.observe.observe import Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Whose word it is, and the run that records it: `url` is where to watch that, `git` what was declared.

    `tested` is what the product's own test said, None where nobody tried it.
    """

    by: str
    stamp: Stamp
    owner: str
    tested: bool | None = None
    url: str | None = None
    git: Git | None = None


def recorded(chosen: Sequence[Desired], versions: Versions, state: State, word: Word) -> tuple[Applied, ...]:
    """Saves an entry for each, under a lease and in the journal. Raises StateError, LockedError included.

    Every secret of `chosen` has a version in `versions`.
    """
    return _saved(chosen, state, word, lambda one, last: _attested(one, last, versions, word))


def in_use(chosen: Sequence[Desired], state: State, word: Word) -> tuple[Applied, ...]:
    """The same for what reconciler wrote itself and a person has brought into use: it is pending no more."""

    def entry(one: Desired, last: Applied | None) -> Applied | None:
        if last is None or last.pending is None:
            return None
        return replace(last, pending=None, attested=_told(last, replace(word, tested=None)))

    return _saved(chosen, state, word, entry)


def nothing_pending(chosen: Sequence[Desired], state: State) -> Desired | None:
    """The first of which nothing waits for a person. Raises StateError."""
    loaded = state.load(sorted({one.installation for one in chosen}))
    waits = {(home, one.address.resource) for home, entries in loaded.items() for one in entries if one.pending}
    return next((one for one in chosen if (one.installation, one.address.resource) not in waits), None)


def _saved(
    chosen: Sequence[Desired], state: State, word: Word, entry: Callable[[Desired, Applied | None], Applied | None]
) -> tuple[Applied, ...]:
    if not chosen:
        return ()
    ordered = sorted(chosen, key=lambda one: (one.installation, str(one.address)))
    with _journal(chosen, state, word) as (journal, saved):
        for installation, group in groupby(ordered, key=lambda one: one.installation):
            before = state.load([installation]).get(installation, ())
            last = {one.address.resource: one for one in before}
            made = [(one, new) for one in group if (new := entry(one, last.get(one.address.resource)))]
            entries = [new for _, new in made]
            changes = [attested.change(one, last.get(one.address.resource), new) for one, new in made]
            journal.write([attested.said(word.by, changes)])
            state.save(installation, hand_over.replaced(before, entries))
            journal.write([attested.kept(entries)])
            saved.extend(entries)
    return tuple(saved)


@contextlib.contextmanager
def _journal(chosen: Sequence[Desired], state: State, word: Word) -> Iterator[tuple[Journal, list[Applied]]]:
    """Under a lease of all of them; it ends with what is in the list. Raises StateError, LockedError included."""
    installations, units = sorted({one.installation for one in chosen}), sorted({one.address.unit for one in chosen})
    with state.lease(installations, Holder(owner=word.owner, run=word.stamp.run)) as lease:
        for locked in lease.refused.values():
            raise locked
        journal, saved = state.journal.begin(lease.nonce, _begin(word, lease)), list[Applied]()
        try:
            yield journal, saved
        except BaseException:
            with contextlib.suppress(StateError):  # the first failure is what must be told
                journal.close(attested.end(saved, units, complete=False))
            raise
        journal.close(attested.end(saved, units, complete=True))


def _begin(word: Word, lease: Lease) -> Json:
    commit, dirty = (word.git.commit, word.git.dirty) if word.git else (None, None)
    who = {"event": "begin", "run": word.stamp.run, "owner": word.owner, "url": word.url}
    return {**who, "commit": commit, "dirty": dirty, "fence": lease.fence}


def _attested(one: Desired, last: Applied | None, versions: Versions, word: Word) -> Applied:
    """What the last work order says, since that is what was carried out; without one, what is declared."""
    done = (last.handed if last else None) or hand_over.entry(one, versions, word.stamp)
    # nothing else moves the mark: a later change shows in what is declared, or in an event
    done = replace(done, marker=word.stamp.at, at=word.stamp.at, attested=_told(done, word))
    return sent.remembered(last, done)


def _told(done: Applied, word: Word) -> Attested:
    digest = _digest(done.settings, done.secrets)
    return Attested(by=word.by, at=word.stamp.at, digest=digest, tested=word.tested)


def _digest(settings: Mapping[str, Value], secrets: Mapping[str, AppliedSecret]) -> str:
    """SHA-256 of what was attested: settings, and references with versions, never a secret."""
    content = {
        "settings": {field: codec.value(value) for field, value in settings.items()},
        "secrets": {
            field: [codec.value(one.ref), one.version.number, one.version.created_time]
            for field, one in secrets.items()
        },
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
