"""What a server says, in the language of its country: nobody may decide anything by it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de", "fr", "ja")


@cache
def _texts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("languages.json").read_text("utf-8"))
    return found


def text(key: str, language: str) -> str:
    return _texts()[key][language]
