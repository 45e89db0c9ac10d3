"""What crosses to a worker elsewhere: a golden document for each type, whatever it holds and back, and nothing else."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pkgutil
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import trustme
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lab import canary
from support.handshakes import WELL

from reconciler.model import work
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake, Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Applied, Present, Reading, Unreadable
from reconciler.model.text.message import worded
from reconciler.model.wire import PROTOCOL, document, types
from reconciler.model.wire.read_certificate import ReadCertificate
from reconciler.model.wire.types import NONE, AnyTree, AnyValue
from reconciler.model.work.proofs import Proven, ProveUnit
from reconciler.model.work.reads import ReadUnit, UnitRead, VersionsTold, VersionsUnit
from reconciler.model.work.writes import UnitWritten, WriteUnit
from reconciler.smtp.tls import certificate

GOLDEN = Path(__file__).parent / "wire"
UNITS = {ReadUnit, UnitRead, VersionsUnit, VersionsTold, ProveUnit, Proven, WriteUnit, UnitWritten}
REF = SecretRef(store="default", path="mail/x", key="password", version=3, zone="dmz")


def units() -> frozenset[type]:
    """All that is handed to an engine or comes back, with their parts."""
    modules = (importlib.import_module(f"{work.__name__}.{one.name}") for one in pkgutil.iter_modules(work.__path__))
    return frozenset(one for module in modules for one in vars(module).values() if is_dataclass(one))  # type: ignore[misc]


def parts(kind: Any) -> Iterator[Any]:
    """What the annotations of a type name, but for itself."""
    for member in types.members(kind):
        if is_dataclass(member):
            yield member
        for one in get_args(member):
            yield from parts(one)


def crossing() -> list[Any]:
    """Every type of ours that may be in a unit, or in an answer."""
    found, new = set[Any](), set[Any](units())
    while new:
        found |= new
        new = {one for kind in new for field in types.of(kind).values() for one in parts(field)} - found
    return sorted(found, key=named)


def named(kind: Any) -> str:
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"


CROSSING = crossing()
each_kind = pytest.mark.parametrize("kind", CROSSING, ids=named)


def there_and_back(one: Any) -> Any:
    return document.read(type(one), json.loads(json.dumps(document.written(one))))


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


def test_all_units_are_known_here() -> None:
    assert units() >= UNITS
    assert {SecretRef, TargetSpec, Reading, Relay, Handshake, Applied} <= set(CROSSING)


@each_kind
def test_each_type_has_the_document_that_others_know(kind: Any) -> None:
    """After a change on purpose, run this file with UPDATE_GOLDEN=1 and read the difference."""
    golden, made = GOLDEN / f"{named(kind)}.json", document.written(whole(kind))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(golden.read_text("utf-8")) == made
    assert document.read(kind, made) == whole(kind)


def test_the_protocol_counts_on_where_a_document_is_another() -> None:
    """A number, once used by a release, has the documents of its line for ever: count on, and add a line.

    Until then its line may be replaced by the one that this test makes.
    """
    documents = sorted(GOLDEN.glob("*.json"))
    digest = hashlib.sha256("\n".join(f"{one.name} {one.read_text('utf-8')}" for one in documents).encode()).hexdigest()
    assert [one.stem for one in documents] == sorted(map(named, CROSSING)), "a type does not cross any more"
    lines = (GOLDEN / "protocols").read_text("utf-8").splitlines()
    assert lines[-1] == f"{PROTOCOL} {digest}"
    assert [line.split()[0] for line in lines] == [str(number + 1) for number in range(PROTOCOL)]


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
    """Of a type as the annotations say it. Data inside is whole or bare: its own test holds what else it may be."""
    if kind in (AnyValue, AnyTree):
        return VALUES if kind is AnyValue else TREES
    if len(members := types.members(kind)) > 1:
        return st.one_of(*map(anything, members))
    if is_dataclass(kind):
        return st.just(whole(kind))
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple:
        many = args[-1:] == (Ellipsis,)
        return st.lists(anything(args[0]), max_size=2).map(tuple) if many else st.tuples(*map(anything, args))
    if origin is frozenset:
        return st.frozensets(anything(args[0]), max_size=2)
    if origin is not None:
        return st.dictionaries(anything(args[0]), anything(args[1]), max_size=2)
    return st.sampled_from(list(kind)) if issubclass(kind, Enum) else SCALARS[kind]


@each_kind
def test_whatever_it_holds_comes_back(kind: Any) -> None:
    fields = {name: anything(one) for name, one in types.of(kind).items()}

    @settings(
        max_examples=20,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.builds(kind, **fields))
    def check(one: Any) -> None:
        assert there_and_back(one) == one

    check()


def test_a_type_may_have_one_of_itself_inside() -> None:
    one = whole(Applied)
    assert there_and_back(replace(one, handed=replace(one, handed=one))) == replace(
        one, handed=replace(one, handed=one)
    )


def test_a_certificate_that_is_read_when_asked_for_crosses_as_what_it_says() -> None:
    made = trustme.CA().issue_cert("smtp.example.com").cert_chain_pems[0].bytes()
    seen = certificate.read(ssl.PEM_cert_to_DER_cert(made.decode()))
    assert seen
    shown = there_and_back(replace(WELL, certificate=seen)).certificate
    assert shown == ReadCertificate.of(seen)
    assert "smtp.example.com" in " ".join(seen.names)


def test_what_a_check_says_crosses_in_the_words_of_files() -> None:
    said = replace(WELL.checks[0], reason=worded("name the CA in {ca_file}"))
    reason = there_and_back(replace(WELL, checks=(said,))).checks[0].reason
    assert (type(reason), reason) == (str, "name the CA in ca_file")


@pytest.mark.parametrize("place", ["settings", "connection", "text"])
def test_no_secret_crosses(place: str) -> None:
    secret: Any = SecretValue(canary.secret())
    one = {
        "settings": Present(settings={"password": (secret,)}),
        "connection": replace(whole(TargetSpec), connection={"token": {"x": secret}}),
        "text": replace(WELL, summary=secret),
    }[place]
    with pytest.raises(TypeError) as caught:
        document.written(one)
    assert not canary.leaks(str(caught.value))


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("broken", Unreadable(finding=whole(Finding))),
        ("broken", "x"),
        ("unit", b"x"),
        ("resources", ()),
        ("zone", print),
    ],
    ids=str,
)
def test_what_is_not_of_its_type_does_not_cross(field: str, given: Any) -> None:
    with pytest.raises(TypeError, match=f"^{type(given).__name__} cannot cross: .* is expected$"):
        document.written(replace(whole(TargetSpec), **{field: given}))


SPEC: dict[str, Any] = document.written(whole(TargetSpec))
REFERENCE = {"store": "s", "path": "p", "key": None, "version": None, "zone": None}
ENDLESS: Any = "x"
for _ in range(5000):
    ENDLESS = {"tree": {"x": ENDLESS}}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {key: one for key, one in SPEC.items() if key != "connection"},
            "TargetSpec: TargetSpec is expected, with 'connection'",
        ),
        (
            SPEC | {"stores": {"default": {"address": "https://evil.example.com"}}},
            "TargetSpec: TargetSpec is expected, without 'stores'",
        ),
        (SPEC | {"is": "TargetSpec"}, "TargetSpec: TargetSpec is expected, without 'is'"),
        (SPEC | {"unit": 1}, "TargetSpec.unit: str is expected, and not int"),
        (SPEC | {"unit": None}, "TargetSpec.unit: str is expected, and not null"),
        (SPEC | {"zone": False}, "TargetSpec.zone: str or null is expected, and not bool"),
        (SPEC | {"connection": {"url": "u"}}, "TargetSpec.connection: Mapping is expected, and not dict"),
        (
            SPEC | {"connection": [["url", {"secret": "v"}]]},
            "TargetSpec.connection[url]: SecretRef is expected, and not str",
        ),
        (
            SPEC | {"connection": [["url", {"tree": {"a": [1, {"secret": REFERENCE | {"eval": "x"}}]}}]]},
            "TargetSpec.connection[url].a[1]: SecretRef is expected, without 'eval'",
        ),
        (
            SPEC | {"connection": [["url", {"secret": REFERENCE | {"zone": 1}}]]},
            "TargetSpec.connection[url].zone: str or null is expected, and not int",
        ),
        (
            SPEC | {"connection": [["url", {"tree": {}, "secret": {}}]]},
            "TargetSpec.connection[url]: a value is expected, and not dict",
        ),
        (SPEC | {"connection": [["url"]]}, "TargetSpec.connection: pairs of a key and a value are expected"),
        (SPEC | {"connection": [["a", 1], ["a", 2]]}, "TargetSpec.connection: each key once is expected"),
        (SPEC | {"mail_secrets": "all"}, "TargetSpec.mail_secrets: frozenset is expected, and not str"),
        (SPEC | {"mail_secrets": [REFERENCE, 1]}, "TargetSpec.mail_secrets[1]: SecretRef is expected, and not int"),
        (SPEC | {"mail_secrets": [REFERENCE, REFERENCE]}, "TargetSpec.mail_secrets: each one once is expected"),
        (
            SPEC | {"broken": SPEC["broken"] | {"severity": "fatal"}},
            "TargetSpec.broken.severity: one of error, warning, risk, note is expected",
        ),
        (
            SPEC | {"broken": SPEC["broken"] | {"severity": []}},
            "TargetSpec.broken.severity: Severity is expected, and not list",
        ),
        (SPEC | {"connection": [["url", ENDLESS]]}, "TargetSpec is expected, and not one inside the other without end"),
        ([], "TargetSpec: TargetSpec is expected, and not list"),
        (None, "TargetSpec: TargetSpec is expected, and not null"),
        ("spec", "TargetSpec: TargetSpec is expected, and not str"),
    ],
    ids=[str(number) for number in range(22)],
)
def test_what_is_not_exactly_of_its_type_is_not_read(wrong: Any, says: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # its words are compared whole
        document.read(TargetSpec, wrong)
    assert str(caught.value) == says


def test_of_several_types_the_document_says_which() -> None:
    reading = whole(Reading)
    written = document.written(reading)
    ((_, live),) = written["resources"]
    assert live["is"] == "Present"
    for wrong in ("SecretValue", None, 1, []):
        live["is"] = wrong
        with pytest.raises(ValueError, match=r"Reading\.resources\[.*\]: Present or Absent or Unreadable is expected"):
            document.read(Reading, written)


def test_where_it_is_wrong_is_told_through_all_of_a_unit() -> None:
    written = document.written(whole(WriteUnit))
    written["targets"][0]["changes"][0]["fields"][0]["cause"] = "whim"
    with pytest.raises(ValueError, match=r"^WriteUnit\.targets\[0\]\.changes\[0\]\.fields\[0\]\.cause: one of "):
        document.read(WriteUnit, written)
