"""Types what a change says into the pages and saves them. "Save and Apply Settings to the Factory" is never pressed."""

from __future__ import annotations

from dataclasses import replace

from reconciler.drivers.admin_page.session import WriteSession
from reconciler.drivers.admin_page.visit import Visit
from reconciler.errors import PlatformRefused
from reconciler.model.address import Resource
from reconciler.model.change import Action, Change
from reconciler.model.handshake import Handshake
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Present, Reading
from reconciler.platforms.outsystems_o11.reader import RESOURCE, reading
from reconciler.platforms.outsystems_o11.settings import RUNTIME, typed


class O11Writer:
    def __init__(self, visit: Visit[WriteSession]) -> None:
        self._visit = visit
        self._waiting: frozenset[str] = frozenset()

    def read(self) -> Reading:
        """What this writer saved and running modules do not use yet is pending."""
        found = reading(self._visit)
        live = found.live(RESOURCE)
        if not self._waiting or not isinstance(live, Present):
            return found
        return replace(found, resources={RESOURCE: replace(live, pending=self._waiting)})

    def write(self, change: Change) -> None:
        """Raises PlatformError: what the page says, or what it did otherwise than asked."""
        if change.action is not Action.UPDATE:
            raise PlatformRefused(f"{change.address}: OutSystems 11 has nothing to {change.action}", fix="plan again")
        session = self._visit.session()
        after = {field.field: field.after for field in change.fields}
        told = typed(after, self._visit.page_map.settings)
        open_secret = self._visit.secrets.open
        session.write({name: open_secret(one) if isinstance(one, SecretRef) else one for name, one in told.items()})
        self._waiting |= RUNTIME & after.keys()

    def close(self) -> None:
        self._visit.close()

    def test(self, resource: Resource) -> Handshake | None:
        """No test is documented but a mail of an application."""
        return None
