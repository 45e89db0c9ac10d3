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


def mapped(connection: Connection, shipped: Traversable | None = None) -> PageMap:
    """The map that `connection.page_map` names, which the pipeline has read; else the shipped one.

    KeyError where there is neither.
    """
    own = connection.get("page_map")
    if isinstance(own, Mapping):
        content = own.get("content", own)
        return page_map.parsed(content if isinstance(content, Mapping) else own)
    if shipped is None:
        raise KeyError("page_map")
    return _shipped(str(shipped))


def console(unit: str, connection: Connection, secrets: Opener, *, url: str, carry: Carries) -> Console:
    """`connection.username` and `connection.password` are what a map's login may name. Raises SecretError."""
    browser, evidence, timeout = (connection.get(key) for key in ("browser", "evidence", "timeout"))
    names = {key: connection[key] for key in ("username", "password") if connection.get(key) is not None}
    login: dict[str, str | SecretValue] = {
        key: secrets.open(value) if isinstance(value, SecretRef) else str(value) for key, value in names.items()
    }
    return Console(
        unit=unit,
        url=url,
        login=login,
        carry=carry,
        browser=None if browser is None else str(browser),
        evidence=None if evidence is None else str(evidence),
        timeout=float(timeout) if isinstance(timeout, int | float) else DEFAULT_TIMEOUT,
    )


@cache
def _shipped(file: str) -> PageMap:
    """Ours: the tests hold it to the schema, and to be read alike by YAML 1.1 and 1.2."""
    import yaml

    return page_map.parsed(yaml.safe_load(Path(file).read_text(encoding="utf-8")))
