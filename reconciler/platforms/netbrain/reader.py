"""Reads the Email Settings page, and from the audit log who was there."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.drivers.admin_page.console import Seen
from reconciler.drivers.admin_page.session import ReadSession
from reconciler.drivers.admin_page.visit import S, Visit
from reconciler.errors import ReconcilerError
from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Present, Reading
from reconciler.platforms.netbrain import audit_log
from reconciler.platforms.netbrain.settings import EMAIL, SECRETS, shown

RESOURCE = Resource(collection=EMAIL)


class NetBrainReader:
    def __init__(self, visit: Visit[ReadSession]) -> None:
        self._visit = visit

    def read(self) -> Reading:
        self._visit.session()  # nothing is asked where nobody may look
        return reading(self._visit, _events(self._visit))

    def close(self) -> None:
        self._visit.close()


def reading(visit: Visit[S], event: Finding | None = None) -> Reading:
    """The page is what counts: `event` is what the audit log tells beside it."""
    present = _present(visit.session().read(), event)
    return Reading(unit=visit.unit, resources={RESOURCE: present})


def _present(seen: Seen, event: Finding | None) -> Present:
    settings = {field: value for field, value in shown(seen.values).items() if field not in SECRETS}
    found = seen.findings if event is None else (*seen.findings, event)
    return Present(settings=settings, write_only=SECRETS, findings=found)


def _events(visit: Visit[ReadSession]) -> Finding | None:
    """A log that cannot be read is told, and stops nothing."""
    ours, address = {str(visit.connection["username"])}, f"{visit.unit}:{EMAIL}"
    try:
        found = audit_log.events(visit.connection, visit.secrets, datetime.now(UTC))
    except ReconcilerError as error:
        return Finding(
            severity=Severity.WARNING,
            rule="audit-log-unread",
            what=f"who changed the email settings is not known: {error.what}",
            why=error.why,
            fix=error.fix,
            address=address,
        )
    return audit_log.possibly_drifted(found, ours, address)
