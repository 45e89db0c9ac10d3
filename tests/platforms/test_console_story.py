"""Both consoles with either driver: validate, plan, apply, no change, a change by hand, drift, apply."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from lab.servers.console import browser
from lab.subjects.netbrain import GuidedNetBrain, before_now
from lab.subjects.outsystems_o11 import GuidedO11
from support.consoles import ADDRESS, CONSOLES, Console
from support.site import Site

from reconciler.cli.main import run
from reconciler.model import codec
from reconciler.model.address import Address
from reconciler.model.attestation import Line, WorkOrder

APPLY = ("apply", "--auto-approve", "--allow", "unverified", "--format", "json")
Said = Callable[..., tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    console: Console
    guided: bool
    typist: GuidedO11 | GuidedNetBrain

    def carried_out(self, said: str) -> None:
        """What the work order says, typed to the letter."""
        (order,) = [one["order"] for one in json.loads(said)["outcomes"]]
        lines = [Line(**{**line, "value": codec.value_from(line["value"])}) for line in order["lines"]]
        address = Address.parse(order["address"])
        self.typist.carry_out(WorkOrder(address=address, product=order["product"], url=None, lines=tuple(lines)))


@pytest.fixture(
    params=[
        pytest.param((kind, driver), marks=pytest.mark.consoles if driver == "admin_page" else ())
        for kind in CONSOLES
        for driver in ("admin_page", "guided")
    ],
    ids="-".join,
)
def story(request: pytest.FixtureRequest, fake_site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    kind, driver = request.param
    monkeypatch.delenv("CI", raising=False)
    if driver == "admin_page":
        browser.needed()
    with CONSOLES[kind](fake_site, monkeypatch) as console:
        console.target.connection["driver"] = driver
        if driver == "guided" and kind == "netbrain":
            rest = console.there.rest
            monkeypatch.setenv("CLIENT", rest.client_secret)
            client = {"client_id": rest.client_id, "client_secret": {"env": "CLIENT"}}
            console.target.connection["audit_log"] = client
        typists = {"outsystems-o11": _o11, "netbrain": _netbrain}
        yield Story(console=console, guided=driver == "guided", typist=typists[kind](console))


def _o11(console: Console) -> GuidedO11:
    return GuidedO11(o11=console.there, environ=os.environ)


def _netbrain(console: Console) -> GuidedNetBrain:
    return GuidedNetBrain(netbrain=console.there, page_map="", environ=os.environ)


def test_from_files_to_the_console_and_back(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> tuple[int, str]:
        code = run([*words])
        return code, capsys.readouterr().out

    console, there = story.console, story.console.there
    console.target.plan()  # writes the files
    assert said("validate")[0] == 0
    assert said("plan", "--detailed-exitcode")[0] == 2
    assert console.nothing_written()
    _applied(story, said)
    assert (there.settings.port, there.settings.password) == ("587", "s3cr3t-canary")
    assert said("plan", "--detailed-exitcode")[0] == 0
    there.edit(port="2525")
    if not story.guided:
        code, told = said("drift")
        assert (code, "587 → 2525" in told) == (2, True)
        _applied(story, said)
        assert (there.settings.port, said("drift")[0]) == ("587", 0)
    elif console.target.kind == "netbrain":
        code, told = said("drift")
        assert (code, "alice (127.0.0.1) changed Email Server Settings on" in told) == (2, True)
        code, told = said(*APPLY)  # nothing that could be typed is known: somebody has to look
        assert (code, f"reconciler attest {ADDRESS}" in told) == (5, True)
        there.edit(port="587", by="anna", at=before_now())
        time.sleep(1.1)  # an attestation is of a second, and counts from its beginning
        assert (said("attest", ADDRESS)[0], said("drift")[0]) == (0, 0)
    else:  # nobody reads Service Center, and it has no log: the declaration is all that can differ
        assert said("drift")[0] == 0
        console.target.email["username"] = "other"
        console.target.plan()
        assert said("drift")[0] == 2
        _applied(story, said)
        assert (there.settings.username, said("drift")[0]) == ("other", 0)


def _applied(story: Story, said: Said) -> None:
    code, told = said(*APPLY)
    if not story.guided:
        assert code == 0, told
        return
    assert (code, "s3cr3t-canary" in told, story.console.there.writes) == (5, False, 0)
    story.carried_out(told)
    assert said("attest", ADDRESS)[0] == 0
