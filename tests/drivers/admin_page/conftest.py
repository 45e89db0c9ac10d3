"""The browser of these tests: one for each worker. Without it they are skipped, each with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from lab.servers.admin_page import console as form_console
from lab.servers.admin_page.console import FormConsole
from lab.servers.console.browser import needed

from reconciler.drivers.admin_page import browser as engines

Served = Callable[..., FormConsole]


@pytest.fixture(scope="session")
def browser() -> Iterator[None]:
    needed()
    yield
    engines.close()


@pytest.fixture
def served(browser: None) -> Iterator[Served]:
    """Starts a console whose settings page is `body`."""
    with ExitStack() as stack:

        def start(body: str, **more: Any) -> FormConsole:
            return stack.enter_context(form_console.running(FormConsole(body=body, **more)))

        yield start
