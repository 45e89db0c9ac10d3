"""Values in a file that ConvertFrom-Json reads on the other side."""

from __future__ import annotations

import json

import pytest

from reconciler.drivers.powershell import offline
from reconciler.drivers.powershell.offline import Step
from reconciler.drivers.powershell.scripts import Script
from reconciler.drivers.powershell.values import Parameter
from reconciler.errors import PlatformRefused
from reconciler.model.secret import SecretValue

SCRIPT = Script(name="write.ps1", text="'writes'")


def order(value: Parameter) -> object:
    files = {one.name: one.text for one in offline.files([Step(script=SCRIPT, note="n", parameters={"A": value})])}
    return json.loads(files["1-write.json"])["parameters"]["A"]


@pytest.mark.parametrize(
    "value", ["2026-11-29T01:02:03", "2026-11-29T01:02:03Z", "/Date(0)/", ("a", "2026-11-29T00:00")]
)
def test_a_text_that_would_become_a_date_is_refused(value: Parameter) -> None:
    with pytest.raises(PlatformRefused, match="date"):
        order(value)


@pytest.mark.parametrize("value", ["2026-11-29", "a'b\"$(1)\n\u00e4", 25, True, None, [], ["a"]])
def test_everything_else_is_what_it_was(value: Parameter) -> None:
    assert order(value) == value


def test_a_secret_is_never_written_down() -> None:
    with pytest.raises(PlatformRefused):
        order(SecretValue("canary"))
