"""Types what a change says into the page, presses Test, and saves only what passes it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from reconciler.drivers.admin_page.console import Tested
from reconciler.drivers.admin_page.session import WriteSession
from reconciler.drivers.admin_page.visit import Visit
from reconciler.errors import PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Present, Reading, Value
from reconciler.platforms.netbrain.reader import RESOURCE, reading
from reconciler.platforms.netbrain.settings import on_page


class NetBrainWriter:
    def __init__(self, visit: Visit[WriteSession]) -> None:
        self._visit = visit
        self._read: Reading | None = None  # last
        self._tested: tuple[Tested, float] | None = None  # and how long it took, in milliseconds

    def read(self) -> Reading:
        self._read = reading(self._visit)
        return self._read

    def close(self) -> None:
        self._visit.close()

    def write(self, change: Change) -> None:
        """Raises PlatformError: what the page says, or what it did otherwise than asked."""
        if change.action is not Action.UPDATE:
            raise PlatformRefused(f"{change.address}: NetBrain has nothing to {change.action}", fix="plan again")
        after = {field.field: field.after for field in change.fields}
        told = self._opened(on_page(after, self._visit.page_map.settings))
        if self._visit.connection.get("test") is not False:
            self._test(told)
        self._visit.session().write(told)

    def test(self, resource: Resource) -> Handshake | None:
        """What the page's own Test said before the save."""
        live = self._read.live(RESOURCE) if self._read else None
        if self._tested is None or not isinstance(live, Present):
            return None
        tested, took = self._tested
        host, port = live.settings.get("host"), live.settings.get("port")
        return Handshake(
            relay=None,
            host=str(host or ""),
            port=port if isinstance(port, int) else 0,
            level=Level.AUTH,
            status=Status.PASS,
            steps=(Step(name="platform test", ms=took),),
            checks=(CheckResult(id="SMTP501", status=CheckStatus.PASS, reason="passed", evidence=tested.words),),
            summary=f"NetBrain's own test: {tested.words}",
        )

    def _test(self, told: Mapping[str, Value | SecretValue]) -> None:
        began = time.monotonic()
        tested = self._visit.session().test(told)
        if tested is not None and not tested.passed:
            raise PlatformRefused(
                f"NetBrain's own test failed: {tested.words}; nothing was saved",
                why="Test tries the typed settings from NetBrain's own server before they are saved",
                fix="correct the settings; or connection: {test: false}, where it cannot pass although mail works",
            )
        self._tested = None if tested is None else (tested, (time.monotonic() - began) * 1000)

    def _opened(self, told: Mapping[str, Value]) -> dict[str, Value | SecretValue]:
        secrets = self._visit.secrets
        return {name: secrets.open(one) if isinstance(one, SecretRef) else one for name, one in told.items()}
