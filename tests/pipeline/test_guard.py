"""What a platform raises is told of its target, wherever it is asked; the others go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lab.servers import fake
from support.commandline import inside
from support.site import Site, actions

from reconciler.errors import PlatformBusy
from reconciler.model.address import Resource
from reconciler.model.attestation import Guide
from reconciler.model.change import Change
from reconciler.model.settings import Desired, Reading
from reconciler.pipeline import guard
from reconciler.pipeline.plan import risks

MAIN, FARM = "dev/crm:mail_servers[main]", "dev/erp:farm"
OF_FILES = ("installation", "fields", "normalised", "findings")
PARTS = (*OF_FILES, "remarks", "refusals", "guide")


@pytest.fixture
def two(site: Site) -> Site:
    site.stage("dev")
    site.target("dev/crm", "mail_servers: {main: {priority: 10}}", "crm")
    site.target("dev/erp", "farm: {priority: 10}", "erp")
    return site


def about_crm(value: object) -> bool:
    """Whether an argument of a part speaks of the installation `crm`."""
    match value:
        case {"name": name}:
            return name == "crm"
        case Desired() | Change():
            return value.address.target == "crm"
        case Reading():
            return value.unit == "dev/crm"
        case _:
            return False


def break_part(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    honest: Callable[..., Any] = getattr(fake.PLATFORM, part) or (lambda *_: ())

    def raising(*asked: object) -> Any:
        if any(about_crm(one) for one in asked):
            raise ZeroDivisionError("s3cr3t-canary")
        return honest(*asked)

    monkeypatch.setattr(fake, "PLATFORM", replace(fake.PLATFORM, **{part: raising}))


@pytest.mark.parametrize("part", PARTS)
def test_a_bug_in_any_part_blocks_its_target_and_no_other(
    two: Site, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_part(monkeypatch, part)
    todo = two.plan()
    assert actions(todo) == {MAIN: "blocked", FARM: "create"}
    assert not todo.complete
    (change,) = [one for one in todo.changes if str(one.address) == MAIN]
    assert [finding.rule for finding in change.findings] == ["bug"]
    assert change.findings[0].what.startswith("ZeroDivisionError in raising, test_guard.py:")
    assert "s3cr3t-canary" not in repr(todo)


@pytest.mark.parametrize("part", PARTS)
def test_an_apply_writes_the_others(two: Site, part: str, monkeypatch: pytest.MonkeyPatch, world: fake.World) -> None:
    break_part(monkeypatch, part)
    assert {address: str(one.status) for address, one in two.apply().items()} == {
        MAIN: "not attempted",
        FARM: "created",
    }
    assert world.of("crm").written == []


@pytest.mark.parametrize("part", ["lines", "then", "files"])
def test_a_bug_in_a_work_order_fails_its_target_and_no_other(two: Site, part: str, world: fake.World) -> None:
    world.of("crm").guide = replace(Guide(product="Acme Console", lines=lambda changes: ()), **{part: raising})
    todo = two.plan()
    done = two.apply(todo)
    assert {address: str(one.status) for address, one in done.items()} == {MAIN: "failed", FARM: "created"}
    error = done[MAIN].error
    assert error
    assert error.what.startswith("ZeroDivisionError in raising, test_guard.py:")
    assert two.state.load(["fake:crm"]).get("fake:crm", ()) == (), "nobody can attest what nobody got"


@pytest.mark.parametrize("part", OF_FILES)
def test_validate_tells_it_at_the_line_that_names_the_platform(
    two: Site, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_part(monkeypatch, part)
    judged = two.judged()
    assert judged.landscape is not None
    (found,) = judged.findings
    assert (found.rule, str(found.where)) == ("bug", "environments/dev/crm.yaml:1:1")


def raising(*asked: object) -> Any:
    raise ZeroDivisionError("s3cr3t-canary")


@pytest.mark.parametrize(
    ("part", "arguments"),
    [
        ("discovered", ("discover", "dev/crm")),
        ("doctor", ("doctor", "dev/crm")),
        ("defaults", ("adopt", "dev/crm")),
    ],
)
def test_a_command_tells_which_target_it_was(
    fake_site: Site, part: str, arguments: tuple[str, ...], world: fake.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_site.stage("dev")
    fake_site.target("dev/crm", "", "crm")
    world.of("crm").put("farm", mark=False, host="smtp.example.com")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(fake, "PLATFORM", replace(fake.PLATFORM, **{part: raising}))
    ran = inside(*arguments)
    assert ran.code == 1
    assert "ZeroDivisionError in raising, test_guard.py:" in ran.out + ran.err
    assert "dev/crm" in ran.out + ran.err


def test_explain_goes_on_without_what_a_platform_could_say(fake_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_site.stage("dev")
    fake_site.target("dev/crm", "farm: {priority: 10}", "crm")
    break_part(monkeypatch, "fields")
    ran = inside("explain", "dev/crm:farm")
    assert (ran.code, "priority" in ran.out) == (0, True)


def test_the_risks_of_a_platform_that_is_not_here_are_none() -> None:
    assert risks.names({"acme-gone"}) == risks.names(())


@pytest.mark.parametrize("part", OF_FILES)
def test_what_was_applied_is_not_forgotten_meanwhile(two: Site, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    two.apply()
    break_part(monkeypatch, part)
    with fake.reloaded():
        assert actions(two.plan()) == {MAIN: "blocked", FARM: "none"}


def test_a_reader_that_gives_no_reading_is_a_bug_of_its_own(two: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake.FakeReader, "read", lambda self: None)
    assert actions(two.plan()) == {MAIN: "blocked", FARM: "blocked"}


def test_a_generator_that_raises_halfway_is_caught() -> None:
    def findings() -> Any:
        yield "one"
        raise KeyError

    found = guard.answer_or_finding("dev/crm", lambda: tuple(findings()))
    assert getattr(found, "rule", None) == "bug"


def test_what_a_platform_says_itself_stays_as_it_is() -> None:
    def busy() -> Resource:
        raise PlatformBusy("wait")

    found = guard.answer_or_finding("dev/crm", busy)
    assert (getattr(found, "rule", None), getattr(found, "address", None)) == ("platform-busy", "dev/crm")
