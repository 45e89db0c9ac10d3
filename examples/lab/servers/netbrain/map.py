"""The page map of the stand-in, as a team would write one: `examples/lab/maps/netbrain.yaml`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

MAP = Path(__file__).parents[2] / "maps" / "netbrain.yaml"


def copied(file: Path) -> None:
    """To where `connection.page_map` names it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(MAP, file)


def page_map() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(MAP.read_text(encoding="utf-8"))
    return found
