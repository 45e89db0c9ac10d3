"""What `doctor` tells of a stage beside its settings: as which API client, with which permissions. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.drivers.http import site
from reconciler.drivers.http.reached import reached
from reconciler.model.checkup import UNTOLD, Checkup, Examined, examined
from reconciler.platforms.outsystems_odc import stages
from reconciler.platforms.outsystems_odc.portal import EDIT_EMAIL, READS, VIEW, VIEW_STAGE, Portal
from reconciler.platforms.outsystems_odc.reader import stage_entries

_APIS = ", ".join(sorted({"/".join(path.split("/")[2:4]) for _, path in READS}))


def checkup(unit: str, portal: Callable[[], Portal]) -> Checkup:
    return Checkup(unit=unit, kind="outsystems-odc", examined=examined(_steps(portal)), settings=True)


def _steps(portal: Callable[[], Portal]) -> Iterator[Examined]:
    there = portal()
    client = there.client
    try:
        yield reached(site.site(client.portal, client.connection))
        stage = stages.stage(there)
        yield Examined(what="login", ok=True, said=f"API client {client.client_id}, with a token of the portal's")
        count = len(stage_entries(there, stage))
    finally:
        there.close()
    said = f'stage {stage.name}, {count} system configurations: "{VIEW_STAGE}" and "{VIEW}" are there'
    yield Examined(what="read", ok=True, said=said)
    # what its token holds is not documented, and no call tells a client's permissions
    yield Examined(what="write", ok=None, said=f'"{EDIT_EMAIL}" are needed; whether they are there {UNTOLD}')
    yield Examined(what="version", ok=True, said=f"ODC has none; its published APIs are asked: {_APIS}")
