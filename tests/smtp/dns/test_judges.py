"""Our cases of DMARC (RFC 9989) and DKIM beside checkdmarc 6.0.4 and mailauth 7.1.0, which `.ci/dns-judges` brings."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.smtp.dns import dmarc
from reconciler.smtp.dns.dkim import key
from reconciler.smtp.dns.names import Answer

HERE, TOP = Path(__file__).parent / "judges", Path(__file__).parents[3]
CHECKDMARC, MODULES = TOP / ".readers" / "checkdmarc" / "bin" / "python", TOP / ".readers" / "judges" / "node_modules"
RSA = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqG0c06wqWCyXcjDyVDMBe3y/hddLHi3cmvwb7jsvOkHria/vu5du7fVcZNvR8djPa8Zq"
    "obetEpF8qf4bYZLxBZGGrB+IfObFWOlmx/cGOq10jNUESCwHVrhEWrhjaFttPpKUJwt1QWHt7JwY1g+GkAd98z3zZIFEXwrCSbe/c0q23UQ2W+7F"
    "qLJdK5RQrfPg5yrzJK+GJ/vVrATKXBl3rfz+0K+NOKqkLqUiOuUCum1gDyFO4MqTae6n87sME2k/T6GX5CRgI8bLZpaQn1a34L218ZLp9c/9/CPB"
    "WcHDC7+TNp9GHk7IPrNB+a6gXICQc22YSys5FhnuLqTEWcM5lQIDAQAB"
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """`policy` is ours of `domain`; `other` is what a judge says instead, by its name, which must have a reason."""

    record: str
    policy: str | None
    domain: str = "d.test"
    exists: bool = True
    other: Mapping[str, str | None] | None = None


CASES = {
    "plain": Case(record="v=DMARC1; p=reject", policy="reject"),
    "version's name in capitals": Case(record="V=DMARC1; p=reject", policy="reject"),
    "tag's name in capitals": Case(record="v=DMARC1; P=REJECT", policy="reject"),
    "version's value in small letters": Case(record="v=dmarc1; p=reject", policy=None),
    # both strip the record first; RFC 9989 section 4.8 allows no blank there
    "leading blank": Case(
        record=" v=DMARC1; p=reject", policy=None, other={"checkdmarc": "reject", "mailauth": "reject"}
    ),
    "blanks around": Case(record="v = DMARC1 ; p = reject ;", policy="reject"),
    "tab": Case(record="v=DMARC1;\tp=reject", policy="reject"),
    "testing rejects": Case(record="v=DMARC1; p=reject; t=y", policy="quarantine", other={"checkdmarc": "reject"}),
    "testing quarantines": Case(
        record="v=DMARC1; p=quarantine; t=y", policy="none", other={"checkdmarc": "quarantine"}
    ),
    "percentage is history": Case(record="v=DMARC1; p=reject; pct=10", policy="reject"),
    "subdomain": Case(
        record="v=DMARC1; p=reject; sp=none", policy="none", domain="a.d.test", other={"checkdmarc": "reject"}
    ),
    "subdomain without sp": Case(record="v=DMARC1; p=quarantine", policy="quarantine", domain="a.d.test"),
    "subdomain that is not there": Case(
        record="v=DMARC1; p=none; sp=none; np=reject",
        policy="reject",
        domain="a.d.test",
        exists=False,
        other={"checkdmarc": "none"},
    ),
    "subdomain that is there": Case(record="v=DMARC1; p=quarantine; np=reject", policy="quarantine", domain="a.d.test"),
    "an unknown tag": Case(record="v=DMARC1; p=reject; new=x", policy="reject"),
    "other record": Case(record="spf2; p=reject", policy=None),
    "policy in the wrong place": Case(record="p=reject; v=DMARC1", policy=None),
    "no such policy": Case(record="v=DMARC1; p=rejekt", policy=None),
    # checkdmarc takes p=none for a missing p, with or without reports; RFC 9989 section 4.10.1 with reports only
    "no policy": Case(record="v=DMARC1; adkim=s", policy=None, other={"checkdmarc": "none"}),
}


class Zone:
    def __init__(self, case: Case) -> None:
        self._case = case

    @property
    def data(self) -> dict[str, dict[str, list[str]]]:
        there = {self._case.domain: {"A": ["192.0.2.1"]}} if self._case.exists else {}
        return {"_dmarc.d.test": {"TXT": [self._case.record]}, **there}

    async def ask(self, name: str, kind: str, *, search: bool = False) -> Answer:
        del search
        found = self.data.get(name)
        return Answer(name=name, records=tuple((found or {}).get(kind, ())), exists=found is not None)


def ours(case: Case) -> str | None:
    found = asyncio.run(dmarc.found(Zone(case), case.domain))  # type: ignore[arg-type]
    return found.policy if found.at is not None else None


@pytest.mark.parametrize("name", CASES)
def test_each_case_has_its_policy(name: str) -> None:
    assert ours(CASES[name]) == CASES[name].policy


def test_checkdmarc_says_the_same_of_each_record() -> None:
    if not CHECKDMARC.is_file():
        pytest.skip("no checkdmarc here: bash .ci/dns-judges brings it")
    said = _asked([str(CHECKDMARC), str(HERE / "with_checkdmarc.py")], [one.record for one in CASES.values()])
    assert dict(zip(CASES, said, strict=True)) == {name: _by("checkdmarc", one) for name, one in CASES.items()}


def test_mailauth_says_the_same_of_each_case() -> None:
    zones = [{"domain": one.domain, "zone": Zone(one).data} for one in CASES.values()]
    assert dict(zip(CASES, _mailauth(zones), strict=True)) == {
        name: _by("mailauth", one) for name, one in CASES.items()
    }


KEYS = {
    "plain": (f"v=DKIM1; k=rsa; p={RSA}", True),
    "without version": (f"p={RSA}", True),
    "type in capitals": (f"v=DKIM1; k=RSA; p={RSA}", True),  # with a warning: dkimpy refuses it
    "revoked": ("v=DKIM1; p=", False),
    "another service": (f"v=DKIM1; s=tlsrpt; p={RSA}", False),
    "no base64": ("v=DKIM1; p=%%%", False),
    "another version": (f"v=DKIM2; p={RSA}", False),
}


@pytest.mark.parametrize("name", KEYS)
def test_each_key_is_taken_or_not(name: str) -> None:
    text, taken = KEYS[name]
    found = key("s1", "d.test", text)
    assert (found.problem is None) is taken
    assert (found.doubt is not None) is ("k=RSA" in text)


def test_mailauth_takes_the_same_keys() -> None:
    asked = [
        {"key": "s1._domainkey.d.test", "zone": {"s1._domainkey.d.test": {"TXT": [text]}}} for text, _ in KEYS.values()
    ]
    assert dict(zip(KEYS, _mailauth(asked), strict=True)) == {name: taken for name, (_, taken) in KEYS.items()}


def _by(judge: str, case: Case) -> str | None:
    return (case.other or {}).get(judge, case.policy)


def _mailauth(cases: Sequence[Any]) -> list[Any]:
    node = shutil.which("node")
    if node is None or not (MODULES / "mailauth").is_dir():
        pytest.skip("no mailauth here: bash .ci/dns-judges brings it")
    return _asked([node, str(HERE / "mailauth.js"), str(MODULES)], cases)


def _asked(command: Sequence[str], given: Sequence[Any]) -> list[Any]:
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=True)
    found: list[Any] = json.loads(done.stdout)
    return found
