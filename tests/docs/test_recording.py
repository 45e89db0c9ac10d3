"""The recorded terminal: scenes of the real demo, as text that no script and no sign of it can break out of."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

DOCS = Path(__file__).parents[2] / "docs"
TOLD = "\r\n".join(
    [
        "\x1b[1;36m# One & two.\x1b[0m",
        "$ reconciler plan",
        "  \x1b[33m~\x1b[0m <b>\x1b[1mdev/x\x1b[0m",
        "",
        "# Three.",
        "$ reconciler drift",
        "",
    ]
)


@pytest.fixture(scope="module")
def recording() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recording", DOCS / "recording.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_command_is_a_scene_with_its_caption(recording: ModuleType) -> None:
    one, two = recording.scenes(f"\x1b[36m# The lab is up.\x1b[0m\r\n\r\n{TOLD}")
    assert one[:2] == ["\x1b[1;36m# One & two.\x1b[0m", "$ reconciler plan"]
    assert two == ["# Three.", "$ reconciler drift"]


def test_a_long_scene_keeps_its_end(recording: ModuleType) -> None:
    (found,) = recording.scenes("# Long.\n$ reconciler plan\n" + "\n".join(f"line {at}" for at in range(100)))
    assert (len(found), found[-1], found[-5]) == (recording.ROWS, "line 99", "\x1b[2m  … 77 lines …\x1b[0m")


def test_text_stays_text(recording: ModuleType) -> None:
    root = ET.fromstring(recording.svg(recording.scenes(TOLD)))
    said = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert said == ["# One & two.", "$ reconciler plan", "  ~ <b>dev/x", "# Three.", "$ reconciler drift"]


def test_the_picture_shows_a_plan_an_apply_and_a_drift_and_runs_nothing() -> None:
    root = ET.fromstring((DOCS / "demo.svg").read_text("utf-8"))
    assert {child.tag.rpartition("}")[2] for child in root.iter()} <= {"svg", "style", "rect", "g", "text", "tspan"}
    said = "\n".join("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))
    for command in ("plan --out plan.json", "apply plan.json", "drift"):
        assert f"$ reconciler {command}" in said
