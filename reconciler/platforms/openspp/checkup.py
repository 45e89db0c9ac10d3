"""What `doctor` tells of an Odoo beside its settings: as whom, with which rights, and which version. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.drivers.http.reached import reached
from reconciler.drivers.http.site import Site
from reconciler.model.checkup import Checkup, Examined, examined
from reconciler.platforms.openspp import records, rpc
from reconciler.platforms.openspp.faults import NoSuchMethod
from reconciler.platforms.openspp.reading import PARAMETERS
from reconciler.platforms.openspp.version import Version

# what a write needs, by record: its own, the marks on it, parameters
_WRITES = {records.MODEL: ("create", "write"), records.MARKS: ("create", "write"), "ir.config_parameter": ("write",)}
_GROUP = "give it Administration: Settings (base.group_system; from 19 Role: Administrator)"


def checkup(unit: str, login: Callable[[], tuple[Site, rpc.Login]]) -> Checkup:
    return Checkup(unit=unit, kind="openspp", examined=examined(_steps(login)), settings=True)


def _steps(login: Callable[[], tuple[Site, rpc.Login]]) -> Iterator[Examined]:
    site, who = login()
    yield reached(site)
    odoo = rpc.reading(site, who)
    try:
        may = {model: _allowed(odoo, model, operations) for model, operations in _WRITES.items()}
        yield Examined(what="login", ok=True, said=f"as {who.username}, database {who.database}")
        server = records.server(odoo)  # with the rights that reading needs, or an error that says so
    finally:
        odoo.close()
    yield Examined(what="read", ok=True, said=f"mail servers and {PARAMETERS}: allowed (Settings)")
    yield _write(may)
    yield _version(server.version)


def _allowed(odoo: rpc.Odoo, model: str, operations: tuple[str, ...]) -> bool:
    return all(_may(odoo, model, one) for one in operations)


def _may(odoo: rpc.Odoo, model: str, operation: str) -> bool:
    """By the method that this Odoo has: 18 brought has_access, and means to drop check_access_rights."""
    try:
        return odoo.call(model, "has_access", ids=[], operation=operation) is True
    except NoSuchMethod:
        return odoo.call(model, "check_access_rights", operation=operation, raise_exception=False) is True


def _write(may: dict[str, bool]) -> Examined:
    """Enough for `plan` without it: a login that may only look is no fault."""
    if lacking := [model for model, allowed in may.items() if not allowed]:
        said = f"{', '.join(lacking)}: not allowed, says Odoo; apply needs it"
        return Examined(what="write", ok=None, said=said, fix=_GROUP)
    return Examined(what="write", ok=True, said=f"{', '.join(may)}: allowed, says Odoo")


def _version(version: Version) -> Examined:
    first, last = records.SUPPORTED.start, records.SUPPORTED.stop - 1
    known = version.major in records.SUPPORTED
    said = f"Odoo {version.told}; tested with {first} to {last}"
    return Examined(what="version", ok=True if known else None, said=said)
