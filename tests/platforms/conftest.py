"""A farm for the tests of sharepoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from lab.servers.windows import farm
from lab.subjects.sharepoint import INTRANET, TEAMS
from support.sharepoint_site import Made, Site


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    environ = {name: f"canary-{name.lower()}-4711" for name in ("PASSWORD", "OTHER_PASSWORD", "KEY", "LOGIN")}
    with ExitStack() as stack:

        def make(version: str = "2019", *, servers: tuple[str, ...] = ("127.0.0.1",), **there: Any) -> Site:
            one = farm(version, urls=(f"{INTRANET}/", f"{TEAMS}/"), servers=servers)
            for row in one.applications:
                row.update(there)
            return Site(one, tmp_path, stack, environ)

        yield make
