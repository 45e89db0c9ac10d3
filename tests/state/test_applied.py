from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import StateError
from reconciler.model.address import Address, Resource
from reconciler.model.secret import SecretRef, SecretValue, SecretVersion
from reconciler.model.settings import Applied, AppliedSecret, Sent
from reconciler.state import applied

texts = st.text(max_size=12)
numbers = st.none() | st.integers(min_value=1, max_value=99)
refs = st.builds(SecretRef, store=texts, path=texts, key=st.none() | texts, version=numbers)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts | refs
values = st.recursive(leaves, lambda below: st.lists(below, max_size=3).map(tuple), max_leaves=6)
versions = st.builds(SecretVersion, number=numbers, created_time=st.none() | texts)
secrets = st.builds(AppliedSecret, ref=refs, version=versions)
keys = st.none() | texts
addresses = st.builds(
    Address,
    environment=st.just("prod"),
    target=st.just("openspp"),
    resource=st.builds(Resource, collection=st.just("apps"), key=keys),
)
entries = st.builds(
    Applied,
    installation=st.just("here"),
    address=addresses,
    settings=st.dictionaries(texts, values, max_size=4),
    secrets=st.dictionaries(texts, secrets, max_size=2),
    marker=st.none() | texts,
    run=texts,
    at=texts,
    unproven=st.lists(texts, max_size=2).map(tuple),
    sent=st.lists(st.builds(Sent, setting=texts, ref=refs, field=texts, place=texts), max_size=2).map(tuple),
)


@given(st.lists(entries, max_size=3, unique_by=lambda entry: str(entry.address)))
def test_everything_comes_back(written: list[Applied]) -> None:
    text = json.dumps(applied.document("here", written))
    read = applied.entries(json.loads(text), "document", "here")
    assert read == tuple(sorted(written, key=lambda entry: str(entry.address)))
    assert [type(value) for entry in read for value in entry.settings.values()] == [
        type(value) for entry in sorted(written, key=lambda e: str(e.address)) for value in _ordered(entry)
    ]


def _ordered(entry: Applied) -> list[object]:
    return [value for _, value in sorted(entry.settings.items())]


def test_document_is_the_same_whatever_the_order(entry) -> None:
    one, two = entry("farm"), entry("mail_servers[main]")
    assert applied.document("x", [one, two]) == applied.document("x", [two, one])


def test_document_refuses_a_secret(entry) -> None:
    with pytest.raises(TypeError, match=r"value: SecretValue"):
        applied.document("x", [entry(password=SecretValue("s3cret"))])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"format_version": 2}, "was written by a newer reconciler", id="newer"),
        pytest.param({"format_version": None}, "is corrupted", id="no version"),
        pytest.param({"installation": None}, "is corrupted", id="no installation"),
        pytest.param({"installation": "there"}, "is corrupted", id="other installation"),
        pytest.param({"entries": None}, "is corrupted", id="no entries"),
        pytest.param({"entries": [{}]}, "is corrupted", id="empty entry"),
        pytest.param({"entries": ["x"]}, "is corrupted", id="text"),
    ],
)
def test_entries_names_the_document_that_it_cannot_read(change: dict[str, object], says: str) -> None:
    found = applied.document("here", []) | change
    with pytest.raises(StateError, match=f"some/where {says}") as caught:
        applied.entries(found, "some/where", "here")
    assert caught.value.fix


@pytest.mark.parametrize("found", [None, [], "text", 1])
def test_entries_refuses_what_is_no_document(found: object) -> None:
    with pytest.raises(StateError, match="is corrupted"):
        applied.entries(found, "some/where")


def test_slug_is_readable_and_safe() -> None:
    slug = applied.slug("https://OpenSPP.example.com:8069/prod")
    assert re.fullmatch(r"https-openspp-example-com-8069-prod-[0-9a-f]{16}", slug)


@given(st.text(), st.text())
def test_slug_differs_when_installations_do(one: str, two: str) -> None:
    assert (applied.slug(one) == applied.slug(two)) is (one == two)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", applied.slug(one))


def test_of_a_secret_its_reference_and_version_are_kept_and_nothing_else(entry) -> None:
    ref = SecretRef(store="default", path="mail/prod/submission", key="password")
    version = SecretVersion(number=3, created_time="2026-11-20T08:44:00Z")
    written = replace(entry("farm"), secrets={"password": AppliedSecret(ref=ref, version=version)})
    [kept] = applied.document("x", [written])["entries"]
    assert kept["secrets"] == {
        "password": {
            "ref": {"store": "default", "path": "mail/prod/submission", "key": "password", "version": None},
            "version": {"number": 3, "created_time": "2026-11-20T08:44:00Z"},
        }
    }
