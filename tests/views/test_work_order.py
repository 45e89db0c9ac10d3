"""What somebody types from: a line for each value, and nothing that only a program would read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.address import Address
from reconciler.model.attestation import Line, WorkOrder
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Value
from reconciler.views import apply_markdown, work_order
from reconciler.views.paper import Paper

SECRET = SecretRef(store="default", path="mail/prod", key="password")


def order(*values: Value) -> WorkOrder:
    lines = tuple(Line(page="Email", label=f"L{number}", value=one) for number, one in enumerate(values))
    return WorkOrder(address=Address.parse("prod/o11:email"), product="Acme", url=None, lines=lines)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a.example.com", ("a.example.com",)),
        (("a@example.com", "b@example.com"), ("a@example.com", "b@example.com")),
        ("Yours\n\nAcme", ("Yours", "", "Acme")),
        ((), ("(clear it)",)),
        (None, ("(clear it)",)),
        ("", ('""',)),
        (True, ("true",)),
        (SECRET, ("the secret mail/prod#password",)),
    ],
)
def test_a_value_is_as_many_lines_as_are_typed(value: Value, said: tuple[str, ...]) -> None:
    assert work_order.values(Line(page="", label="", value=value)) == said


def test_lines_of_a_value_stand_below_each_other() -> None:
    assert list(work_order.lines(order(("a@x.org", "b@x.org"), 25), Paper(), ""))[1:-1] == [
        "  Email",
        "    L0   a@x.org",
        "         b@x.org",
        "    L1   25",
    ]


def test_in_a_table_they_stay_in_one_cell() -> None:
    outcome = Outcome(address=order().address, status=OutcomeStatus.HANDED_OVER, order=order(("a", "b|")))
    assert "| `L0` | `a`<br><code>b&#124;</code> |" in apply_markdown.text([outcome], seconds=0, problem=None)
    one_line = replace(outcome, order=order("a\nb"))
    assert "| `L0` | `a`<br>`b` |" in apply_markdown.text([one_line], seconds=0, problem=None)
