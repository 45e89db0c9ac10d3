"""What holds for every plan: nothing to do where nothing differs, an apply converges, and no secret gets in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab.servers import fake
from support.strategies import TEXT
from support.values import REF, applied, desired, place, present, reading, v

from reconciler.model import codec
from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Change
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Adopt, Desired, Origin, Reading, Settings, Stranger, Value
from reconciler.pipeline.plan import compare
from reconciler.secrets.stores import Secrets

PLAIN = st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=3).map(tuple)
SETTINGS = st.dictionaries(st.sampled_from(["host", "port", "username", "priority", "tags", "sender.address"]), PLAIN)
KEYS = st.sampled_from(["a", "b", "c", "https://d.example.com:8443/e"])
CANARY = "s3cr3t-canary"


def wanted(key: str, declared: Settings, **more: object) -> Desired:
    one = desired(f"dev/crm:mail_servers[{key}]")
    origin = {field: Origin(position=place(), through="here") for field in declared}
    settings = dict(declared)
    return replace(one, settings=settings, handshake=settings, origin=origin, installation="fake:crm", **more)  # type: ignore[arg-type]


@given(st.dictionaries(KEYS, SETTINGS))
def test_nothing_is_planned_where_live_is_as_desired(declared: Mapping[str, Settings]) -> None:
    live = {f"mail_servers[{key}]": present(values) for key, values in declared.items()}
    found = {"dev/crm": replace(reading(live)["prod/crm"], unit="dev/crm", installation="fake:crm")}
    changes = compare.changes([wanted(key, values) for key, values in declared.items()], found, {}, {})
    assert {change.action for change in changes} <= {Action.NONE}


@given(one=SETTINGS, other=SETTINGS)
def test_a_change_is_exactly_the_difference(one: Settings, other: Settings) -> None:
    found = {"dev/crm": replace(reading({"mail_servers[a]": present(other)})["prod/crm"], installation="fake:crm")}
    (change,) = compare.changes([wanted("a", one)], found, {}, {})
    differing = {field for field, value in one.items() if not _same(value, other.get(field))}
    assert {field.field for field in change.fields} == differing
    assert change.unchanged == len(one) - len(differing)


def _same(one: Value, other: Value) -> bool:
    return codec.value(one) == codec.value(other) and isinstance(one, bool) is isinstance(other, bool)


@settings(max_examples=60, deadline=None)
@given(
    declared=st.dictionaries(KEYS, SETTINGS),
    ours=st.dictionaries(KEYS, SETTINGS),
    strangers=st.dictionaries(KEYS, SETTINGS),
    secret=st.booleans(),
)
def test_a_plan_that_is_carried_out_leaves_nothing_to_plan(
    tmp_path_factory: pytest.TempPathFactory,
    declared: Mapping[str, Settings],
    ours: Mapping[str, Settings],
    strangers: Mapping[str, Settings],
    secret: bool,
) -> None:
    with fake.installed(tmp_path_factory.getbasetemp() / "site") as world, pytest.MonkeyPatch.context() as patched:
        patched.setenv("PW", CANARY)
        there = world.of("crm")
        for key, values in ours.items():
            there.put(f"mail_servers[{key}]").settings = dict(values)
        for key, values in strangers.items():
            there.put(f"mail_servers[{key}]", mark=False).settings = dict(values)
        ref = SecretRef(store="env", path="PW", version=1)
        wants = [wanted(key, {**values, **({"password": ref} if secret else {})}) for key, values in declared.items()]
        todo = planned(wants)
        assert CANARY not in json.dumps([codec.change(change) for change in todo]) + repr(todo)
        with Secrets({}, base=Path()) as secrets:
            writer = fake.writer("dev/crm", {"name": "crm"}, secrets.opener({ref}))
            for change in todo:
                if change.writes:
                    writer.write(change)
        left = [change for change in planned(wants) if not change.only_unknown]
        assert {change.action for change in left} <= {Action.NONE}


def planned(wants: list[Desired]) -> tuple[Change, ...]:
    reader = fake.reader("dev/crm", {"name": "crm"}, Secrets({}, base=Path()).opener(set()))
    found = replace(reader.read(), installation="fake:crm")
    return compare.changes(wants, {"dev/crm": found}, {}, {SecretRef(store="env", path="PW", version=1): v(1, None)})


def test_a_platform_of_another_package_is_found_by_its_entry_point(world: fake.World) -> None:
    from reconciler import platforms

    assert platforms.load("fake") is fake.PLATFORM
    schema = platforms.schema("fake")
    assert schema is not None
    assert schema.name == "fake.schema.json"
    assert "fake" in platforms.known()


# --- one object for one resource


def there(*strangers: Stranger) -> dict[str, Reading]:
    return reading({}, *strangers)


def stranger(name: str, number: int) -> Stranger:
    return Stranger(collection="mail_servers", name=name, id=number, live=present({}, mark=False, id=number))


def test_two_resources_that_would_take_one_object_are_both_blocked() -> None:
    first = desired("prod/crm:mail_servers[main]", host="a")
    second = desired("prod/crm:mail_servers[other]", adopt=Adopt(name="main"), host="b")
    changes = compare.changes([first, second], there(stranger("main", 7)), {}, {})
    assert [change.action for change in changes] == [Action.BLOCKED, Action.BLOCKED]
    assert changes[0].findings[0].what == "prod/crm:mail_servers[other] would adopt the same object (id 7)"
    assert all(change.waits for change in changes)


def test_a_singleton_is_never_archived() -> None:
    assert compare.changes([], reading({"farm": present({"host": "a"})}), {}, {}) == ()


def test_an_archive_keeps_the_address_under_which_it_was_applied() -> None:
    live = {"mail_servers[main]": present({"host": "a"}, id=7)}
    readings = {unit: replace(reading(live)["prod/crm"], unit=unit) for unit in ("prod/another", "prod/crm")}
    (change,) = compare.changes([], readings, applied({"host": "a"}), {})
    assert (str(change.address), change.applied_run) == ("prod/crm:mail_servers[main]", "8123")


def test_a_resource_that_is_gone_knows_when_it_was_applied() -> None:
    (change,) = compare.changes([desired(host="a")], reading({}), applied({"host": "a"}), {})
    assert (change.action, change.applied_run) == (Action.CREATE, "8123")


# --- where credentials go


def test_a_new_resource_that_sends_a_known_credential_to_a_new_host_is_a_risk() -> None:
    thief = desired("prod/crm:mail_servers[thief]", host="evil.example.net", password=REF)
    known = applied({"host": "good.example.com"}, secret=REF)
    main = desired(host="good.example.com", password=REF)
    changes = compare.changes([main, thief], reading({"mail_servers[main]": present({})}), known, {REF: v(1)})
    assert {str(change.address): [risk.rule for risk in change.risks] for change in changes} == {
        "prod/crm:mail_servers[main]": [],
        "prod/crm:mail_servers[thief]": ["secret-to-new-host"],
    }


def test_a_client_secret_goes_to_the_token_url_and_not_to_the_host() -> None:
    last = {("crm", Resource(collection="mail_servers", key="main")): _with_client_secret()}
    moved = desired(host="new", oauth2__token_url="https://evil.example.net", oauth2__client_secret=REF)
    stays = desired(host="new", oauth2__token_url="https://login.example.com", oauth2__client_secret=REF)
    risks = [
        compare.changes([one], reading({"mail_servers[main]": present({"username": None})}), last, {REF: v(1)})[0].risks
        for one in (moved, stays)
    ]
    assert [[risk.what for risk in found] for found in risks] == [
        ["this oauth2.client_secret has not been sent to https://evil.example.net before"],
        [],
    ]


def _with_client_secret():
    (entry,) = applied({"host": "old", "oauth2.token_url": "https://login.example.com"}, secret=REF).values()
    return replace(entry, secrets={"oauth2.client_secret": entry.secrets["password"]})


# --- write-only settings that are no secrets


@pytest.mark.parametrize(
    ("declared", "last", "marker", "expected"),
    [
        ("u", "u", "m1", Action.NONE),
        ("v", "u", "m1", Action.UPDATE),
        ("u", "u", "m0", Action.UPDATE),
        (None, None, "m1", Action.NONE),
    ],
    ids=["as applied", "declared anew", "platform touched", "cleared before"],
)
def test_a_plain_setting_that_is_not_shown_follows_what_was_applied(
    declared: str | None, last: str | None, marker: str, expected: Action
) -> None:
    live = replace(present({}), write_only=frozenset({"username"}))
    known = applied({"username": last}, marker=marker)
    (change,) = compare.changes([desired(username=declared)], reading({"mail_servers[main]": live}), known, {})
    assert change.action is expected


def test_addresses_with_urls_come_back() -> None:
    text = "prod/sharepoint:web_applications[https://intranet.example.com:8443/a[1]]"
    assert str(Address.parse(text)) == text
