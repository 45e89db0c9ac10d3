"""What moved between two plans, as data."""

from dataclasses import replace

import pytest
from hypothesis import given
from support.plans import LOST, MAIN, NEW, SYNC, plan
from support.strategies import PLANS

from reconciler.model.change import Action, Change
from reconciler.model.difference import Moved, Part
from reconciler.model.plan import Plan
from reconciler.pipeline.plan.difference import declared, difference, moved

NAME = str(MAIN.address)


def with_field(name: str, **what: object) -> Change:
    fields = (replace(one, **what) if one.field == name else one for one in MAIN.fields)  # type: ignore[arg-type]
    return replace(MAIN, fields=tuple(fields))


@given(PLANS)
def test_a_plan_does_not_differ_from_itself(one: Plan) -> None:
    assert difference(one, one) == ()


@given(PLANS)
def test_what_appears_one_way_goes_the_other_way(one: Plan) -> None:
    empty = replace(one, changes=())
    there, back = difference(empty, one), difference(one, empty)
    assert {(one.address, one.after) for one in there} == {(one.address, one.before) for one in back}
    assert {one.part for one in (*there, *back)} <= {Part.RESOURCE}


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (with_field("host", after="smtp.example.net"), "host: declared smtp.example.net, was smtp.example.com"),
        (with_field("port", before=26), "port: on the platform 26, was 25"),
        (with_field("port", before=True), "port: on the platform true, was 25"),
        (with_field("password", version="v5"), "password: version v5, was v4"),
        (replace(MAIN, action=Action.ADOPT), "action: adopt, was update"),
        (replace(MAIN, id=7), "id: 7, was nothing"),
        (replace(MAIN, fields=MAIN.fields[1:]), "host: nothing to change any more"),
    ],
)
def test_a_change_says_what_moved(now: Change, told: str) -> None:
    assert [one.told for one in moved(MAIN, now)] == [told]
    assert [(one.address, one.told) for one in difference(plan(MAIN, NEW), plan(now, NEW))] == [(NAME, told)]


def test_places_reasons_and_times_are_no_difference() -> None:
    now = replace(with_field("host", origin=None, why="new"), position=None, risks=(), unchanged=3)
    assert difference(plan(MAIN), plan(now, created_at="2027-01-01T00:00:00Z")) == ()


def test_resources_come_and_go_in_the_order_of_addresses() -> None:
    found = difference(plan(MAIN, *SYNC), plan(MAIN, LOST, SYNC[0]))
    assert [(one.address, one.told) for one in found] == [
        ("prod/odc:stage", "not in the earlier plan"),
        ("test/openspp:mail_servers[main]", "no longer part of the plan"),
    ]


def test_the_files_now_are_compared_with_what_a_plan_writes() -> None:
    settings = {one.field: one.after for one in MAIN.fields} | {"host": "smtp.example.net"}
    expected = Moved(
        address=NAME, part=Part.DECLARED, setting="host", before="smtp.example.com", after="smtp.example.net"
    )
    assert declared(plan(MAIN, NEW), {NAME: settings}) == (expected,)
