"""From a target's `connection` to what a session needs: its page map and its console. Nothing is contacted here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from reconciler.drivers.admin_page import page_map
from reconciler.drivers.admin_page.console import DEFAULT_TIMEOUT, Carries, Console
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection


def mapped(connection: Connection, shipped: Traversable) -> PageMap:
    """The map of `connection.page_map`, which its file was put in place of; else the shipped one."""
    own = connection.get("page_map")
    return page_map.parsed(own) if isinstance(own, Mapping) else _shipped(str(shipped))


def console(unit: str, connection: Connection, secrets: Opener, carry: Carries) -> Console:
    """`connection.username` and `connection.password` are what a map's login may name. Raises SecretError."""
    browser, evidence, timeout = (connection.get(key) for key in ("browser", "evidence", "timeout"))
    names = {key: connection[key] for key in ("username", "password") if connection.get(key) is not None}
    login: dict[str, str | SecretValue] = {
        key: secrets.open(value) if isinstance(value, SecretRef) else str(value) for key, value in names.items()
    }
    return Console(
        unit=unit,
        url=str(connection["url"]).rstrip("/"),
        login=login,
        carry=carry,
        browser=None if browser is None else str(browser),
        evidence=None if evidence is None else str(evidence),
        timeout=float(timeout) if isinstance(timeout, int | float) else DEFAULT_TIMEOUT,
    )


@cache
def _shipped(file: str) -> PageMap:
    import yaml

    text = Path(file).read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return page_map.parsed(yaml.load(text, Loader=loader))  # noqa: S506  # safe, and ours
