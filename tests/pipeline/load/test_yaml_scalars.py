"""The YAML 1.2 core schema, with text for numbers that begin with a zero."""

from __future__ import annotations

import pytest

from reconciler.pipeline.load import yaml_events
from reconciler.pipeline.load.yaml_scalars import NotFiniteError, resolved


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("NULL", None),
        ("true", True), ("False", False), ("TRUE", True),
        ("0", 0), ("587", 587), ("-1", -1), ("+5", 5), ("0o17", 15), ("0x1F", 31),
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("-0.5", -0.5),
    ],
)  # fmt: skip
def test_scalar_has_the_value_of_the_core_schema(text: str, value: object) -> None:
    assert resolved(text) == value
    assert type(resolved(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    ["yes", "No", "on", "OFF", "0600", "007", "00.5", "12:30", "2026-11-20", "1_000", "0b1", "tRUE", "nUll", "-", ".",
     "1.2.3", "0x", "0o8", "+", "1e", "=", "<<"],
)  # fmt: skip
def test_scalar_stays_text(text: str) -> None:
    assert resolved(text) == text


@pytest.mark.parametrize("text", [".inf", "-.INF", "+.Inf", ".nan", ".NaN", "1e999", "9" * 5000, "-" + "9" * 400])
def test_number_without_end_is_refused(text: str) -> None:
    with pytest.raises(NotFiniteError):
        resolved(text)


@pytest.mark.parametrize("text", ["'587'", '"true"', "'~'", "|-\n  587", ">-\n  null"])
def test_quoted_scalar_is_always_text(text: str) -> None:
    assert isinstance(yaml_events.parsed(f"key: {text}\n").data["key"], str)
