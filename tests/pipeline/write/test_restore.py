"""The change that goes back: what it brings, and what it says it cannot bring."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Absent, Present, Unreadable, Value
from reconciler.pipeline.write import restore

MAIN = Address(environment="dev", target="crm", resource=Resource(collection="mail_servers", key="main"))
FARM = Address(environment="dev", target="crm", resource=Resource(collection="farm"))
PASSWORD = SecretRef(store="env", path="PW")


def field(name: str, after: Value, before: Value = None) -> FieldChange:
    secret = isinstance(after, SecretRef)
    return FieldChange(
        field=name, kind=FieldKind.SET, before=before, after=after, cause=Cause.GIT, sensitive=secret, version="v2"
    )


def change(*fields: FieldChange, action: Action = Action.UPDATE, address: Address = MAIN, **more: object) -> Change:
    return Change(address=address, kind="fake", installation="fake:crm", action=action, fields=fields, id=7, **more)


def brought(back: Change | None) -> dict[str, tuple[FieldKind, Value]]:
    assert back is not None
    return {one.field: (one.kind, one.after) for one in back.fields}


def test_an_update_gets_the_values_of_before_and_no_others() -> None:
    before = Present(settings={"host": "old", "port": 25, "username": "u"})
    back = restore.earlier(change(field("host", "new", "old"), field("port", 587, 25)), before)
    assert brought(back) == {"host": (FieldKind.SET, "old"), "port": (FieldKind.SET, 25)}
    assert back is not None
    assert (back.action, back.id, back.fields[0].before) == (Action.UPDATE, 7, "new")


def test_what_was_not_set_is_cleared() -> None:
    back = restore.earlier(change(field("host", "new")), Present(settings={}))
    assert brought(back) == {"host": (FieldKind.UNSET, None)}


def test_a_secret_is_named_and_not_guessed() -> None:
    before = Present(settings={"host": "old"}, write_only=frozenset({"password"}))
    back = restore.earlier(change(field("host", "new", "old"), field("password", PASSWORD, "v1")), before)
    assert brought(back) == {"host": (FieldKind.SET, "old")}
    assert back is not None
    assert [(one.rule, one.severity, one.field) for one in back.findings] == [
        (restore.NOT_RESTORED, Severity.ERROR, "password")
    ]


def test_only_a_secret_leaves_nothing_to_write() -> None:
    back = restore.earlier(
        change(field("password", PASSWORD)), Present(settings={}, write_only=frozenset({"password"}))
    )
    assert back is not None
    assert (back.action, back.writes, len(back.findings)) == (Action.NONE, False, 1)


def test_a_secret_that_was_visibly_not_set_is_cleared() -> None:
    back = restore.earlier(change(field("password", PASSWORD)), Present(settings={"password": None}))
    assert brought(back) == {"password": (FieldKind.UNSET, None)}
    assert back is not None
    assert (back.fields[0].sensitive, back.fields[0].before, back.findings) == (True, "v2", ())


def test_a_plain_setting_that_is_not_shown_becomes_what_was_applied_last() -> None:
    before = Present(settings={}, write_only=frozenset({"banner"}))
    assert brought(restore.earlier(change(field("banner", "new", "old")), before)) == {"banner": (FieldKind.SET, "old")}


def test_what_was_created_in_a_collection_is_archived_under_its_new_id() -> None:
    made = Present(settings={}, id=12, marker="m2")
    back = restore.earlier(change(field("host", "new"), action=Action.CREATE), Absent(), now=made)
    assert back is not None
    assert (back.action, back.fields, back.id, back.marker) == (Action.ARCHIVE, (), 12, "m2")


def test_a_singleton_that_was_absent_is_cleared_with_its_secrets() -> None:
    made = change(field("host", "new"), field("password", PASSWORD), action=Action.CREATE, address=FARM)
    back = restore.earlier(made, Absent())
    assert brought(back) == {"host": (FieldKind.UNSET, None), "password": (FieldKind.UNSET, None)}
    assert back is not None
    assert (back.action, back.findings) == (Action.UPDATE, ())


def test_what_was_archived_gets_back_what_it_shows_no_more() -> None:
    before = Present(settings={"active": True, "host": "a"})
    back = restore.earlier(change(action=Action.ARCHIVE), before, now=Present(settings={"active": False, "host": "a"}))
    assert brought(back) == {"active": (FieldKind.SET, True)}


def test_an_adopted_object_keeps_our_mark_and_says_so() -> None:
    back = restore.earlier(change(field("host", "new", "old"), action=Action.ADOPT), Present(settings={"host": "old"}))
    assert back is not None
    assert (back.action, [one.rule for one in back.findings]) == (Action.UPDATE, ["mark-kept"])


def test_a_renamed_resource_gets_its_former_name_back() -> None:
    former = replace(MAIN, resource=Resource(collection="mail_servers", key="old"))
    back = restore.earlier(change(moved_from=former), Present(settings={}))
    assert back is not None
    assert (back.address, back.moved_from, back.action) == (former, MAIN, Action.UPDATE)


def test_what_was_out_of_use_is_out_of_use_again() -> None:
    back = restore.earlier(change(field("host", "new")), Present(settings={}, archived=True))
    assert back is not None
    assert (back.action, back.fields) == (Action.ARCHIVE, ())


def test_what_was_never_made_needs_no_archive() -> None:
    assert restore.earlier(change(field("host", "new"), action=Action.CREATE), Absent(), now=Absent()) is None


UNKNOWN = Unreadable(finding=Finding(severity=Severity.ERROR, rule="platform", what="no"))


@pytest.mark.parametrize(
    ("done", "before"),
    [
        pytest.param(change(action=Action.NONE), Present(settings={}), id="nothing was written"),
        pytest.param(change(action=Action.RELEASED), Present(settings={}), id="released"),
        pytest.param(change(field("host", "new")), UNKNOWN, id="nobody knows what was there"),
        pytest.param(change(field("host", "new")), Absent(), id="an update of what was not there"),
    ],
)
def test_nothing_goes_back_when(done: Change, before: Present) -> None:
    assert restore.earlier(done, before) is None
