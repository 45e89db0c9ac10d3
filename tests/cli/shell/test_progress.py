"""What is waited for is told: a line per event in CI, one live line on a terminal, nothing in a pipe."""

from __future__ import annotations

import io
import threading

import pytest
from lab.servers import fake
from support.commandline import inside
from support.site import Site

from reconciler.cli.shell import console
from reconciler.cli.shell import progress as shown
from reconciler.pipeline import progress
from reconciler.pipeline.progress import Step


@pytest.fixture
def two(fake_site: Site) -> Site:
    fake_site.stage("dev")
    for name in ("crm", "shop"):
        fake_site.target(f"dev/{name}", "")
    return fake_site


@pytest.fixture
def job(two: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("RECONCILER_TRUSTED", "1")
    two.write("reconciler.yaml", "version: 1\nstate: {backend: file, path: .reconciler, persistent: true}\n")
    return two


def test_a_job_has_a_line_for_each_target(job: Site) -> None:
    lines = sorted(line.rpartition(", ")[0] for line in inside("plan").err.splitlines() if "reading" in line)
    assert [line.partition(": ")[2] for line in lines] in (["dev/crm", "dev/shop"], ["dev/shop", "dev/crm"])
    assert [line.partition(":")[0] for line in lines] == ["reading 1 of 2", "reading 2 of 2"]


def test_quiet_says_none_of_it(job: Site) -> None:
    assert inside("plan", "--quiet").err == ""


def test_a_pipe_hears_nothing(two: Site) -> None:
    assert "reading" not in inside("plan").text


def test_timings_name_the_slowest_at_the_end(two: Site, world: fake.World) -> None:
    told = inside("plan", "--timings").err.splitlines()
    assert told[0].startswith("reading: 2 steps, ")
    assert sorted(line.split()[-1] for line in told[1:]) == ["dev/crm", "dev/shop"]


def test_a_target_that_raises_has_ended_too(world: fake.World) -> None:
    heard: list[Step] = []

    def fail() -> None:
        raise ValueError("x")

    with progress.heard(heard.append), pytest.raises(ValueError, match="x"):
        progress.step("reading", "dev/crm", 1, fail)
    assert [step.seconds is None for step in heard] == [True, False]
    assert progress.step("reading", "dev/crm", 1, lambda: 7) == 7
    assert len(heard) == 2  # nobody listens any more


def test_the_live_line_names_what_is_waited_for_longest() -> None:
    seen = shown.Seen()
    for name in ("dev/crm", "dev/shop", "dev/erp"):
        seen.see(Step(stage="reading", name=name, total=3))
    seen.see(Step(stage="reading", name="dev/shop", total=3, seconds=0.2))
    assert str(seen.line(seen.waiting["reading", "dev/crm"] + 14)) == "reading 1 of 3: dev/crm and 1 more, 14 s"
    for name in ("dev/crm", "dev/erp"):
        seen.see(Step(stage="reading", name=name, total=3, seconds=1.0))
    assert seen.line(0) is None


def test_the_live_line_is_gone_before_anything_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    written = threading.Event()

    class Terminal(io.StringIO):
        def write(self, text: str) -> int:
            done = super().write(text)
            if "reading" in text:
                written.set()
            return done

        def isatty(self) -> bool:
            return True

    err = Terminal()
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setattr(shown, "_FIRST", 0.0)
    monkeypatch.setattr(shown, "_EVERY", 0.01)
    seen = shown.Seen()
    seen.see(Step(stage="reading", name="dev/crm", total=1))
    with shown._Live(seen):
        assert written.wait(20)
        seen.see(Step(stage="reading", name="dev/crm", total=1, seconds=1.0))
        console.note("hello")
    assert "\r\x1b[Khello\n" in err.getvalue()
