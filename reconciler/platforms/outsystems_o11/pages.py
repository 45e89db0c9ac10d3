"""Which page map fits: the team's own, or the one shipped for the release; the newest where none is known."""

from __future__ import annotations

from importlib.resources import files

from reconciler.drivers.admin_page import declared
from reconciler.drivers.admin_page.page_map import PageMap
from reconciler.model.settings import Connection
from reconciler.platforms.outsystems_o11 import releases

_SHIPPED = ("11.38", "11.34", "11.10")  # each from that release on


def page_map(connection: Connection, told: str | None = None) -> PageMap:
    """`told` is the release as LifeTime has it; else the declared one counts."""
    found = releases.number(told or str(connection.get("version", releases.NEWEST)))
    name = next((one for one in _SHIPPED if found >= releases.number(one)), _SHIPPED[-1])
    return declared.mapped(connection, files(__package__) / "maps" / f"{name}.yaml")
