"""How long apply waits for a platform to show, and to use, what was written."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.handshake import Handshake
from reconciler.model.settings import Present, Reading
from reconciler.pipeline.write import readback

RESOURCE = Resource(collection="email")
CHANGE = Change(
    address=Address(environment="prod", target="o11", resource=RESOURCE),
    kind="fake",
    installation="fake:o11",
    action=Action.UPDATE,
    fields=(FieldChange(field="port", kind=FieldKind.SET, before=25, after=587, cause=Cause.GIT),),
)


@dataclass
class Platform:
    """Shows at once what was written, and does not use it."""

    by_hand: str | None
    reads: int = 0

    def read(self) -> Reading:
        self.reads += 1
        waiting = frozenset({"port"})
        live = Present(settings={"port": 587}, pending=waiting, pending_by_hand=self.by_hand)
        return Reading(unit="prod/o11", resources={RESOURCE: live})

    def write(self, change: Change) -> None:
        raise NotImplementedError

    def test(self, resource: Resource) -> Handshake | None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(("by_hand", "once"), [("press it", True), (None, False)], ids=["a person", "the platform"])
def test_what_only_a_person_can_put_into_use_is_not_waited_for(by_hand: str | None, once: bool) -> None:
    platform = Platform(by_hand=by_hand)
    found = readback.shown(platform, CHANGE, 0.25)
    assert readback.pending(CHANGE, found) == ("port",)
    assert (platform.reads == 1) is once
