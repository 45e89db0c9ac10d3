"""Which addresses a pattern selects."""

from __future__ import annotations

import pytest

from reconciler.errors import UsageError
from reconciler.pipeline import selection

MAIN = "prod/openspp:mail_servers[main]"
URL = "prod/sharepoint:web_applications[https://intranet.example.com]"


@pytest.mark.parametrize(
    ("pattern", "address", "selected"),
    [
        ("prod", MAIN, True),
        ("prod/", MAIN, True),
        ("pro", MAIN, False),
        ("prod/openspp", MAIN, True),
        ("prod/openspp:", MAIN, True),
        ("prod/open", MAIN, False),
        ("prod/openspp:mail_servers", MAIN, True),
        ("prod/openspp:mail_servers[", MAIN, True),
        ("prod/openspp:mail", MAIN, False),
        (MAIN, MAIN, True),
        (MAIN, f"{MAIN[:-1]}2]", False),
        ("*", MAIN, True),
        ("*[main]", MAIN, True),
        ("*openspp*", MAIN, True),
        ("*/openspp", "a/openspp:farm", True),
        ("prod.openspp", "prod/openspp:farm", False),
        ("pro?", MAIN, False),
        (URL, URL, True),
        ("*[https://intranet.example.com]", URL, True),
        ("*intranet*", URL, True),
        (URL, f"{URL[:-1]}:8443]", False),
        ("openspp", MAIN, False),
    ],
)
def test_pattern(pattern: str, address: str, selected: bool) -> None:
    assert selection.matches(address, [pattern]) is selected


@pytest.mark.parametrize(
    ("pattern", "concerned"),
    [
        ("prod", True),
        ("prod/openspp", True),
        ("prod/openspp:mail_servers[gone]", True),
        ("prod/openspp:", True),
        ("*[gone]", True),
        ("prod/*", True),
        ("prod/o*:farm", True),
        ("dev/*", False),
        ("prod/openspp2:farm", False),
        ("dev", False),
    ],
)
def test_a_target_is_read_when_a_pattern_may_select_something_of_it(pattern: str, concerned: bool) -> None:
    assert selection.concerns("prod/openspp", [pattern]) is concerned


def test_no_pattern_selects_everything() -> None:
    assert selection.matches(MAIN, [])


def test_any_of_several_patterns_selects() -> None:
    assert selection.matches(MAIN, ["dev", "prod"])


@pytest.mark.parametrize(
    ("pattern", "fix"),
    [
        ("prd", "did you mean prod?"),
        ("prod/opnspp", "did you mean prod/openspp?"),
        ("prod/openspp:mail_servers[mian]", f"did you mean {MAIN}?"),
        ("xyz", "reconciler explain lists what is declared"),
    ],
)
def test_a_pattern_that_selects_nothing_is_wrong_usage(pattern: str, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        selection.check([pattern], [MAIN])
    assert caught.value.fix == fix


def test_a_target_without_resources_is_said_to_have_none() -> None:
    with pytest.raises(UsageError) as caught:
        selection.check(["dev/shop"], [MAIN], ["dev/shop", "prod/openspp"])
    assert caught.value.what == "dev/shop declares no resources"
    assert caught.value.fix == "reconciler adopt dev/shop prints what the platform has as YAML"
