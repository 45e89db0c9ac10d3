"""The test suite of RFC 7208 (openspf.org, release 2014.04), from pyspf's source package by `.ci/spf-suite`."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.smtp.dns.names import Answer, Unanswered, text_of
from reconciler.smtp.dns.spf_eval import verdict
from reconciler.smtp.dns.spf_macros import Sender

SUITE = Path(__file__).parents[3] / ".venv" / "share" / "rfc7208-tests.yml"
TOTAL = 203
# case: why ours says something else, and what that is
EXCEPTIONS = {
    "p-macro-multiple": "%{p} is not looked up, and is `unknown`: RFC 7208 section 7.2 says not to publish it"
}


class Zone:
    """A scenario's zone as Names answers from one; `asked` is every question."""

    def __init__(self, data: Mapping[str, Sequence[Any]]) -> None:
        self._data = {name.lower().rstrip("."): list(records) for name, records in data.items()}
        self.server = "the suite"

    async def ask(self, name: str, kind: str, *, search: bool = False) -> Answer:
        del search
        found, aliases = name.lower().rstrip("."), list[str]()
        for _ in range(10):
            records = self._of(found, kind)
            if records or not (cname := self._of(found, "CNAME")):
                exists = found in self._data or any(one.endswith(f".{found}") for one in self._data)
                return Answer(name=found, records=tuple(records), aliases=tuple(aliases), exists=exists)
            found = str(cname[0]).lower().rstrip(".")
            aliases.append(found)
        return Answer(name=found, aliases=tuple(aliases), looped=True)

    def _of(self, name: str, kind: str) -> list[str]:
        records = self._data.get(name, [])
        listed = [one for one in records if isinstance(one, dict)]
        mine = [value for one in listed for key, value in one.items() if key == kind]
        if kind == "TXT" and not mine:  # the suite writes SPF for a record that TXT has too
            mine = [value for one in listed for key, value in one.items() if key == "SPF"]
        if not mine and "TIMEOUT" in records:
            raise Unanswered("the suite does not answer")
        return [_shown(kind, value) for value in mine if value not in ("NONE", "TIMEOUT")]


def _shown(kind: str, value: Any) -> str:
    if kind == "TXT":
        strings = value if isinstance(value, list) else [value]
        return text_of(b"".join(one if isinstance(one, bytes) else str(one).encode("latin-1") for one in strings))
    return f"{value[0]} {value[1]}" if kind == "MX" else str(value)


def suite() -> list[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    if not SUITE.is_file():
        return []
    scenarios = yaml.safe_load_all(SUITE.read_text("utf-8"))
    return [(name, case, one["zonedata"]) for one in scenarios for name, case in one["tests"].items()]


def ours(case: Mapping[str, Any], zone: Mapping[str, Any]) -> str:
    address = ipaddress.ip_address(case["host"])
    helo, sender = case["helo"], case["mailfrom"]
    local, _, domain = (sender or f"postmaster@{helo}").rpartition("@")
    asked = Sender(local=local or "postmaster", domain=domain, address=address, helo=helo)
    try:
        return asyncio.run(verdict(Zone(zone), asked)).result  # type: ignore[arg-type]
    except Unanswered:
        return "temperror"


def test_every_case_of_the_suite_gives_its_result() -> None:
    if not (cases := suite()):
        pytest.skip(f"the suite of RFC 7208 is not at {SUITE}: bash .ci/spf-suite fetches it")
    wrong = {
        f"{name}: {case['result']}, ours {found}"
        for name, case, zone in cases
        if (found := ours(case, zone)) not in _expected(case) and name not in EXCEPTIONS
    }
    assert (len(cases), sorted(wrong)) == (TOTAL, [])


def test_no_exception_is_kept_that_is_none() -> None:
    if not (cases := suite()):
        pytest.skip(f"the suite of RFC 7208 is not at {SUITE}")
    passing = {name for name, case, zone in cases if name in EXCEPTIONS and ours(case, zone) in _expected(case)}
    assert passing == set()


def _expected(case: Mapping[str, Any]) -> Sequence[str]:
    result = case["result"]
    return result if isinstance(result, list) else [result]
