"""How the keys of a file say one setting: one key, several, or a part of one. Each form says and understands.

`said` raises KeyError for a word without a translation, TypeError for a list, ValueError for a text of another form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from reconciler.drivers.textfile.file import Edit
from reconciler.model.settings import Value
from reconciler.model.text.scalar import Scalar, as_text
from reconciler.platforms.file.joined_keys import Joined, parsed, placeholders
from reconciler.platforms.file.raw_keys import apart, beside, shown, unshown

Words: TypeAlias = "Mapping[str, Scalar | None]"
_SOMETHING = "x"


class Form(Protocol):
    @property
    def names(self) -> Sequence[str]:
        """The keys of the file, the telling one first."""
        ...

    @property
    def trial(self) -> Words:
        """A word for each key, of those that it may get: to try whether it can be written."""
        ...

    def known(self, name: str) -> Sequence[Scalar]:
        """What may be written to this key, where that is known."""
        ...

    def said(self, value: Value) -> Mapping[str, Edit]:
        """What each key has to say; None takes it out."""
        ...

    def meant(self, found: Words) -> Scalar | None:
        """What the keys say, in our words; what has no translation is shown as it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """One key. `values` maps our words to theirs, `text` writes numbers as text; `also` are keys that go with it;
    `null` is what a null means that stands there, in our words; `scale` is how many of theirs one of ours is: 1000
    milliseconds a second."""

    key: str
    values: Words = field(default_factory=dict)
    text: bool = False
    also: Words = field(default_factory=dict)
    null: str | None = None
    scale: int = 1

    @property
    def names(self) -> Sequence[str]:
        return self.key, *self.also

    @property
    def trial(self) -> Words:
        words = [*self.values.values()]
        return {self.key: _any(words) if words else _SOMETHING, **self.also}

    def known(self, name: str) -> Sequence[Scalar]:
        known = self.values.values() if name == self.key else (self.also.get(name),)
        return [word for word in known if word is not None]

    def said(self, value: Value) -> Mapping[str, Edit]:
        if self._bare:
            return {self.key: scalar(value)}
        plain, also = _apart(scalar(value), self.also)
        theirs = self.values[as_text(plain)] if self.values and plain is not None else plain
        if isinstance(theirs, int) and self.scale > 1:
            theirs *= self.scale
        if theirs is not None and self.text:
            theirs = as_text(theirs)
        return {self.key: theirs, **also}

    @property
    def _bare(self) -> bool:
        """Said as it is, as most settings are."""
        return not (self.values or self.also or self.text) and self.scale == 1

    def meant(self, found: Words) -> Scalar | None:
        if self._bare and not self.null:
            return found.get(self.key)
        if self.null and self.key in found and found[self.key] is None:
            return _with(self.null, self.also, found)
        there = found.get(self.key)
        if self.scale > 1 and there is not None and re.fullmatch(r"[0-9]{1,9}", as_text(there)):
            whole, rest = divmod(int(as_text(there)), self.scale)
            there = f"{there} of {self.scale}" if rest else whole
        word = next((word for word, theirs in self.values.items() if _same(theirs, there)), there)
        return _with(word, self.also, found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Several keys that say one word together: `tls` is EMAIL_USE_TLS=False and EMAIL_USE_SSL=True."""

    words: Mapping[str, Words]

    @property
    def names(self) -> Sequence[str]:
        return tuple(dict.fromkeys(name for keys in self.words.values() for name in keys))

    @property
    def trial(self) -> Words:
        return {name: _any([keys.get(name) for keys in self.words.values()]) for name in self.names}

    def known(self, name: str) -> Sequence[Scalar]:
        known = (keys.get(name) for keys in self.words.values())
        return [word for word in known if word is not None]

    def said(self, value: Value) -> Mapping[str, Edit]:
        """Raises KeyError for a word that no keys say, TypeError for a list."""
        plain = scalar(value)
        if plain is None:
            return dict.fromkeys(self.names)
        if (word := self.words.get(as_text(plain))) is None:
            word = unshown(self.names, as_text(plain))  # what was there before, and had no word
        if word is None:
            raise KeyError(plain)
        return word

    def meant(self, found: Words) -> Scalar | None:
        for word, keys in self.words.items():
            if all(_same(theirs, found.get(name)) for name, theirs in keys.items()):
                return word
        return shown(self.names, found) if any(found.get(name) is not None for name in self.names) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One setting in several keys: MAIL_FROM_ADDRESS and MAIL_DOMAIN around an `@`."""

    keys: Sequence[str]
    separator: str

    @property
    def names(self) -> Sequence[str]:
        return self.keys

    @property
    def trial(self) -> Words:
        return dict.fromkeys(self.keys, _SOMETHING)

    def known(self, name: str) -> Sequence[Scalar]:
        return ()

    def said(self, value: Value) -> Mapping[str, Edit]:
        """Raises ValueError for a text that does not come apart into these keys, TypeError for a list."""
        plain = scalar(value)
        if plain is None:
            return dict.fromkeys(self.keys)
        parts = as_text(plain).split(self.separator)
        if len(parts) != len(self.keys) or not all(parts):
            raise ValueError(f"not {len(self.keys)} parts around {self.separator}")
        return dict(zip(self.keys, parts, strict=True))

    def meant(self, found: Words) -> Scalar | None:
        parts = [found.get(name) for name in self.keys]
        if all(part is None for part in parts):
            return None
        return self.separator.join("" if part is None else as_text(part) for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of several settings that share a key: the port of `{host}:{port}`."""

    setting: str
    key: str
    templates: Sequence[str]
    also: Words = field(default_factory=dict)

    @property
    def names(self) -> Sequence[str]:
        return self.key, *self.also

    @property
    def others(self) -> frozenset[str]:
        return frozenset(name for template in self.templates for name in placeholders(template))

    @property
    def trial(self) -> Words:
        return {self.key: _SOMETHING, **self.also}

    def known(self, name: str) -> Sequence[Scalar]:
        return () if (word := self.also.get(name)) is None else (word,)

    def said(self, value: Value) -> Mapping[str, Edit]:
        plain, also = _apart(scalar(value), self.also)
        edit: Edit = Joined(key=self.key, templates=self.templates, parts={self.setting: plain})
        if isinstance(plain, str) and plain.endswith(self._unfit):
            edit = plain.removesuffix(self._unfit)  # what was there before, and was of another form
        return {self.key: edit, **also}

    def meant(self, found: Words) -> Scalar | None:
        text = found.get(self.key)
        parts = parsed(self.templates, text) or {}
        # not as it is: a host that is equal by chance would not be written, and no form would come of the rest
        ours = parts.get(self.setting) if parts or text is None else f"{as_text(text)}{self._unfit}"
        return _with(ours, self.also, found)

    @property
    def _unfit(self) -> str:
        return f" (not {self.templates[0]})"


def _any(words: Sequence[Scalar | None]) -> Scalar | None:
    return next((word for word in words if word is not None), None)


def merged(one: Edit, other: Edit) -> Edit:
    """Two settings of one change for the same key."""
    if isinstance(one, Joined) and isinstance(other, Joined):
        return Joined(key=one.key, templates=one.templates, parts={**one.parts, **other.parts})
    return one if isinstance(other, Joined) else other


def scalar(value: Value) -> Scalar | None:
    """Raises TypeError for a list or a reference: no key of a file holds one."""
    if value is not None and not isinstance(value, (str, int, float)):
        raise TypeError(type(value).__name__)
    return value


def _with(ours: Scalar | None, also: Words, found: Words) -> Scalar | None:
    """A host that is right helps nothing while its mailer is switched off: that is shown as part of the value."""
    if not also or (ours is None and all(found.get(name) is None for name in also)):
        return ours
    if ours is not None and all(_same(theirs, found.get(name)) for name, theirs in also.items()):
        return ours
    return beside(None if ours is None else as_text(ours), tuple(also), found)


def _apart(value: Scalar | None, also: Words) -> tuple[Scalar | None, Words]:
    """The value, and what the keys beside it have to say: what is wanted there, or what was there before."""
    if also and isinstance(value, str) and (before := apart(value, tuple(also))):
        return before
    return value, dict.fromkeys(also) if value is None else also


def _same(theirs: Scalar | None, found: Scalar | None) -> bool:
    if theirs is None or found is None:
        return theirs is found
    return as_text(theirs) == as_text(found)
