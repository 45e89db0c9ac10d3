"""Host names outside ASCII are names of IDNA 2008, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.model.handshake import Handshake
from reconciler.smtp.protocol import idn


@pytest.mark.parametrize(
    "host", ["relay.example", "xn--strae-oqa.example", "bücher.example", "例え.example", "192.0.2.1"]
)
def test_names_that_mean_the_same_to_both_are_taken(host: str) -> None:
    assert idn.trouble(host) is None


@pytest.mark.parametrize(
    ("host", "new", "old"),
    [
        ("straße.example", "xn--strae-oqa.example", "strasse.example"),
        ("faß.example", "xn--fa-hia.example", "fass.example"),
    ],
)
def test_a_name_that_is_two_names_is_refused_with_both(host: str, new: str, old: str) -> None:
    told = idn.trouble(host)
    assert told is not None
    assert (new in told, old in told) == (True, True)


def test_what_is_no_name_of_idna_2008_is_refused() -> None:
    assert "is no name of IDNA 2008" in str(idn.trouble("☃.example"))


def test_nothing_is_looked_up_for_such_a_name(shake: Callable[..., Handshake]) -> None:
    found = shake(587, host="straße.example")
    refused = next(one for one in found.checks if one.id == "SMTP100")
    assert (refused.status, found.steps) == ("fail", ())
    assert "xn--strae-oqa.example" in refused.reason
