"""Keys of a file that decide in the place of ours: `SMTP_PASSWORD_FILE`, `MAIL_URL`. Never names what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.drivers.textfile.file import Content
from reconciler.model.change import Change, FieldKind
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Present
from reconciler.model.text.scalar import as_text
from reconciler.platforms.file.deciders import OWN_KEY, Decider
from reconciler.platforms.file.keys import Placed

_PREFIX = "overridden."  # of what `Present.beside` says


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    key: str
    over: tuple[str, ...]
    why: str


def names(deciders: Sequence[Decider], keys: Sequence[Placed]) -> frozenset[str]:
    """The keys to look at, but for those of a mailer. A read keeps their values: they have to be told from none."""
    return frozenset(name for one in deciders for name in _names(one, keys))


def found(deciders: Sequence[Decider], keys: Sequence[Placed], content: Content) -> Iterator[Found]:
    ours = {name for key in keys for name in key.names}
    for one in deciders:
        for name, over in _names(one, keys).items():
            if over and name not in ours and _decides(one, name, content):
                yield Found(key=name, over=over, why=one.why)
    if content.of_profiles:
        yield from _profiles(keys, content)


def _profiles(keys: Sequence[Placed], content: Content) -> Iterator[Found]:
    again = [(key, name) for key in keys for name in key.names if name in content.of_profiles]
    if again:
        why = "a document with on-profile comes after the one that is managed, and decides where its profile is active"
        over = tuple(dict.fromkeys(key.setting for key, _ in again))
        yield Found(key=f"another document's {again[0][1]}", over=over, why=why)


def _names(one: Decider, keys: Sequence[Placed]) -> dict[str, tuple[str, ...]]:
    mine = [key for key in keys if key.setting in one.over]
    if OWN_KEY not in one.key:
        return {one.key: tuple(key.setting for key in mine)}
    beside: dict[str, tuple[str, ...]] = {}
    for key in mine:
        name = one.key.replace(OWN_KEY, key.names[0])
        beside[name] = (*beside.get(name, ()), key.setting)  # several share a key: `{host}:{port}`
    return beside


def _decides(one: Decider, name: str, content: Content) -> bool:
    if name not in content.keys or one.empty:
        return name in content.keys
    value = content.values.get(name, "x")  # not kept: it is there, and that is enough
    return value is not None and as_text(value) not in {"", *map(as_text, one.unless)}


def beside(them: Sequence[Found]) -> dict[str, str]:
    """For `Present.beside`: by setting, which key decides."""
    return {f"{_PREFIX}{setting}": one.key for one in them if " " not in one.key for setting in one.over}


def finding(one: Found, path: str, address: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="overridden",
        holds=Holds.UNTIL_USED,
        what=f"{one.key} in {path} decides, not {', '.join(one.over)}",
        why=one.why,
        fix=f"remove {one.key} from the file, or say that it has no such setting: e.g. keys: {{{one.over[0]}: null}}",
        address=address,
    )


def refusals(change: Change, live: Present) -> Iterator[Finding]:
    """No key is written beside one that decides in its place: it would not be used, or stop the application."""
    for one in change.fields:
        key = live.beside.get(f"{_PREFIX}{one.field}")
        if key is not None and one.kind is not FieldKind.UNSET:
            yield Finding(
                severity=Severity.ERROR,
                rule="overridden",
                holds=Holds.UNTIL_DECIDED,
                what=f"{one.field} is not written beside {key}",
                why="the application would not use it, or refuse to start",
                fix=f"remove {key} from the file, or leave out {one.field}",
                address=str(change.address),
                field=one.field,
            )
            return
