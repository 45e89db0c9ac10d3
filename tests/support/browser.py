"""Chromium for tests of pages that we make; without a network, and what it asks for, says and runs is kept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium-headless-shell")
_AXE = Path(__file__).parents[2] / ".readers/axe/node_modules/axe-core/axe.min.js"
_SERIOUS = ("serious", "critical")


@contextmanager
def started() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("chromium-headless-shell is not installed (apt-get install chromium-headless-shell)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Shown:
    page: Any
    asked: list[str] = field(default_factory=list)  # addresses
    troubles: list[str] = field(default_factory=list)  # of the console; dialogs


@contextmanager
def shown(browser: Any, file: Path, **how: Any) -> Iterator[Shown]:
    """A file in a page of its own; `how` is as Playwright's `new_page` takes it."""
    page = browser.new_page(**how)
    found = Shown(page)
    page.on("request", lambda request: found.asked.append(request.url))
    page.on("console", lambda message: found.troubles.append(message.text))
    page.on("pageerror", lambda error: found.troubles.append(str(error)))
    page.on("dialog", lambda dialog: (found.troubles.append(dialog.message), dialog.dismiss()))
    page.goto(file.as_uri())
    yield found
    page.close()


def faults(page: Any) -> list[str]:
    """What axe-core finds serious or critical, each with the first element that it is about."""
    if not _AXE.is_file():
        pytest.skip("axe-core is not here: bash .ci/axe fetches it from npm")
    page.evaluate(_AXE.read_text("utf-8"))
    found = page.evaluate("axe.run().then((one) => one.violations)")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in _SERIOUS]
