"""What a reviewer should know of a change that SharePoint carries out in a way of its own."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.change import Change
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Connection


def remarks(change: Change, connection: Connection) -> Iterator[Finding]:
    changed = {one.field: one for one in change.fields}
    if "credential_key" in changed:
        yield _note(
            change,
            "key-on-every-server",
            "the application credential key is set on every server of the farm, before the password",
            "People Picker uses the same key: passwords saved there must be saved again",
        )
    if (certificate := changed.get("smtp_certificate")) is not None and certificate.after is not None:
        yield _note(
            change,
            "private-key-permissions",
            "SharePoint changes who may read the private key of this certificate",
            "other programs that use it may lose access: check its permissions afterwards",
        )
    if (encryption := changed.get("encryption")) is not None and encryption.after == "starttls":
        yield _note(
            change,
            "probed-from-the-server",
            "before TLS is switched on, the SharePoint server itself tries STARTTLS with the relay",
            "SharePoint does not fall back to plain text: without TLS that it trusts, it sends no mail",
        )


def _note(change: Change, rule: str, what: str, why: str) -> Finding:
    return Finding(severity=Severity.NOTE, rule=rule, address=str(change.address), what=what, why=why)
