"""The claims of both messages, one by one: their names, their types, and what each may be. Unknown ones are refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from reconciler.engine.envelope.forged import Forged
from reconciler.engine.envelope.message import COORDINATOR, LONGEST, Answer, Op, Request, Role, Status

Check = Callable[[Any], bool]
ZONE = r"[a-z][a-z0-9-]{0,31}"
_MOST = 2**53  # what every reader of JSON keeps exactly


def _text(pattern: str) -> tuple[Check, str]:
    known = re.compile(pattern)
    return lambda one: type(one) is str and known.fullmatch(one) is not None, f"text like {pattern}"


def _number(least: int) -> tuple[Check, str]:
    return lambda one: type(one) is int and least <= one <= _MOST, f"a whole number from {least} on"


def _one_of(kind: type[Op | Role | Status]) -> tuple[Check, str]:
    words = frozenset(one.value for one in kind)
    return lambda one: type(one) is str and one in words, f"one of {', '.join(sorted(words))}"


def _words(one: Any) -> bool:
    """What a CI system calls a run may be anything that people can read."""
    return type(one) is str and 0 < len(one) <= 200 and one.isprintable()


def _texts(one: Any) -> bool:
    return type(one) is dict and all(type(below) is str for below in one.values())


def _documents(one: Any) -> bool:
    return type(one) is list and all(type(below) is dict for below in one)


def _files(one: Any) -> bool:
    """Each is what its name says: so a unit can name it, and nothing else can take its place."""
    return _texts(one) and all(hashlib.sha256(text.encode()).hexdigest() == name for name, text in one.items())


_NAME = _text(r"[!-~]{1,200}")
_BOTH: dict[str, tuple[Check, str]] = {
    "jti": _text(r"[0-9a-f]{32}"),
    "iat": _number(0),
    "exp": _number(0),
    "run": (_words, "1 to 200 printable characters"),
    "seq": _number(1),
    "protocol": _number(1),
    "version": _text(r"[!-~]{1,64}"),
    "body": (_documents, "a list of objects"),
}
_REQUEST = {
    **_BOTH,
    "iss": _text(COORDINATOR),
    "aud": _text(ZONE),
    "role": _one_of(Role),
    "fence": _number(0),
    "op": _one_of(Op),
    "reply": _NAME,
    "platforms": (_texts, "an object of texts"),
    "files": (_files, "texts by their SHA-256"),
}
_ANSWER = {
    **_BOTH,
    "iss": _text(ZONE),
    "aud": _text(COORDINATOR),
    "of": _text(r"[0-9a-f]{32}"),
    "status": _one_of(Status),
    "why": (lambda one: one is None or type(one) is dict, "an object, or null"),
}
_NAMES = {"issued": "iat", "deadline": "exp"}
_OF_REQUEST = {one.name: {**_NAMES, "zone": "aud"}.get(one.name, one.name) for one in fields(Request)}
_OF_ANSWER = {one.name: {**_NAMES, "zone": "iss"}.get(one.name, one.name) for one in fields(Answer)}


def claims(one: Request | Answer) -> dict[str, Any]:
    names = _OF_REQUEST if isinstance(one, Request) else _OF_ANSWER
    fixed = {"iss": COORDINATOR} if isinstance(one, Request) else {"aud": COORDINATOR}
    return {**fixed, **{claim: _plain(getattr(one, name)) for name, claim in names.items()}}


def request(found: Mapping[str, Any]) -> Request:
    """Raises Forged for claims that are not exactly those of a Request, each of its type."""
    _check(found, _REQUEST)
    told = {name: found[claim] for name, claim in _OF_REQUEST.items()}
    return Request(**{**told, "body": tuple(told["body"]), "role": Role(told["role"]), "op": Op(told["op"])})


def answer(found: Mapping[str, Any]) -> Answer:
    """The same of an Answer. Raises Forged."""
    _check(found, _ANSWER)
    told = {name: found[claim] for name, claim in _OF_ANSWER.items()}
    made = Answer(**{**told, "body": tuple(told["body"]), "status": Status(told["status"])})
    if (made.status is Status.DONE) is not (made.why is None):
        raise Forged(f"status is {made.status}, and why is {'null' if made.why is None else 'not null'}")
    if made.why is not None and made.body:
        raise Forged(f"status is {made.status}, and body is not empty")
    return made


def _check(found: Mapping[str, Any], known: Mapping[str, tuple[Check, str]]) -> None:
    for name in known:
        if name not in found:
            raise Forged(f"{name} is missing")
    for name in found:
        if name not in known:
            raise Forged(f"{name!r:.60} is no claim of ours")
    for name, (holds, wanted) in known.items():
        if not holds(found[name]):
            raise Forged(f"{name} is not {wanted}")
    if not 0 < found["exp"] - found["iat"] <= LONGEST:
        raise Forged(f"exp is not within {LONGEST} s after iat")


def _plain(one: Any) -> Any:
    if isinstance(one, Enum):
        return one.value
    if isinstance(one, Mapping):
        return dict(one)
    return list(one) if isinstance(one, tuple) else one
