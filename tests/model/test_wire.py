"""What crosses to a worker elsewhere: a golden document for each type, whatever it holds and back, and nothing else."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lab import canary
from support.handshakes import WELL

from reconciler.model.change import Change
from reconciler.model.handshake import Handshake, Relay
from reconciler.model.landscape import Policy, TargetSpec
from reconciler.model.outcome import Outcome
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Present, Reading
from reconciler.model.wire import document, types
from reconciler.model.wire.read_certificate import ReadCertificate
from reconciler.model.wire.types import NONE, AnyTree, AnyValue
from reconciler.model.work.writes import Written
from reconciler.smtp.tls import certificate

GOLDEN = Path(__file__).parent / "wire"
KINDS = (Reading, Outcome, Handshake, Written, Relay, Policy, TargetSpec, Change)
REF = SecretRef(store="default", path="mail/x", key="password", version=3)
WORDS = st.text("aä:/[]\n", max_size=3)
SCALARS: Mapping[Any, Any] = {
    str: WORDS,
    int: st.integers(-9, 9),
    float: st.floats(0, 9),
    bool: st.booleans(),
    NONE: st.none(),
}
VALUES = st.recursive(
    st.one_of(*SCALARS.values(), st.just(REF)), lambda one: st.lists(one, max_size=2).map(tuple), max_leaves=4
)
TREES = st.recursive(VALUES, lambda one: st.dictionaries(WORDS, one, max_size=2), max_leaves=4)


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Of a type as the annotations say it."""
    if kind in (AnyValue, AnyTree):
        return VALUES if kind is AnyValue else TREES
    if len(members := types.members(kind)) > 1:
        return st.one_of(*map(anything, members))
    if is_dataclass(kind):
        return st.deferred(lambda: st.builds(kind, **{name: anything(one) for name, one in types.of(kind).items()}))  # type: ignore[arg-type]
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple:
        many = args[-1:] == (Ellipsis,)
        return st.lists(anything(args[0]), max_size=2).map(tuple) if many else st.tuples(*map(anything, args))
    if origin is frozenset:
        return st.frozensets(anything(args[0]), max_size=2)
    if origin is not None:
        return st.dictionaries(anything(args[0]), anything(args[1]), max_size=2)
    return st.sampled_from(list(kind)) if issubclass(kind, Enum) else SCALARS[kind]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_whatever_it_holds_comes_back(kind: Any) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(anything(kind))
    def there_and_back(one: Any) -> None:
        assert document.read(kind, json.loads(json.dumps(document.written(one)))) == one

    there_and_back()


def whole(kind: Any) -> Any:
    """One with something in every field."""
    if kind in (AnyValue, AnyTree):
        return (True, 1, "a", REF) if kind is AnyValue else {"secret": REF, "tree": {"a": (1, None)}}
    kind = next(member for member in types.members(kind) if member is not NONE)
    if is_dataclass(kind):
        return kind(**{name: None if name == "handed" else whole(one) for name, one in types.of(kind).items()})  # type: ignore[arg-type]
    origin, args = get_origin(kind), get_args(kind)
    if origin in (tuple, frozenset):
        return origin(map(whole, args if origin is tuple and args[-1] is not Ellipsis else args[:1]))
    if origin is not None:
        return {whole(args[0]): whole(args[1])}
    return next(iter(kind)) if issubclass(kind, Enum) else {str: "a", int: 1, float: 0.5, bool: True}[kind]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_type_has_the_document_that_others_know(kind: Any) -> None:
    """After a change on purpose, run this file with UPDATE_GOLDEN=1 and read the difference."""
    golden, made = GOLDEN / f"{kind.__name__}.json", document.written(whole(kind))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(golden.read_text("utf-8")) == made
    assert document.read(kind, made) == whole(kind)


def test_a_certificate_that_is_read_when_asked_for_crosses_as_what_it_says() -> None:
    made = trustme.CA().issue_cert("smtp.example.com").cert_chain_pems[0].bytes()
    seen = certificate.read(ssl.PEM_cert_to_DER_cert(made.decode()))
    assert seen
    shown = document.read(Handshake, document.written(replace(WELL, certificate=seen))).certificate
    assert shown == ReadCertificate.of(seen)
    assert "smtp.example.com" in " ".join(seen.names)


def test_no_secret_crosses() -> None:
    with pytest.raises(TypeError) as caught:
        document.written(Present(settings={"password": SecretValue(canary.secret())}))  # type: ignore[dict-item]
    assert not canary.leaks(str(caught.value))


SPEC = document.written(TargetSpec(unit="a/b", kind="fake", installation="x", connection={"url": "u"}))


@pytest.mark.parametrize(
    "wrong",
    [
        {key: one for key, one in SPEC.items() if key != "connection"},
        SPEC | {"stores": {"default": {"address": "https://evil.example.com"}}},
        SPEC | {"unit": 1},
        SPEC | {"unit": None},
        SPEC | {"connection": {"url": "u"}},
        SPEC | {"connection": [["url", {"secret": "v"}]]},
        SPEC | {"connection": [["url", {"secret": {"store": "s", "path": "p", "eval": "x"}}]]},
        SPEC | {"connection": [["url", {"tree": {}, "secret": {}}]]},
        SPEC | {"connection": [["url"]]},
        SPEC | {"mail_secrets": "all"},
        SPEC | {"broken": {"severity": "fatal"}},
        [],
        None,
        "spec",
    ],
    ids=str,
)
def test_what_is_not_exactly_of_its_type_is_not_read(wrong: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        document.read(TargetSpec, wrong)
