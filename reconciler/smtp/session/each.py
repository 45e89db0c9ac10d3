"""One login for each mechanism that the clients of a relay take: asked for by `--prove-each`, never as a retry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.handshake import CheckResult, CheckStatus, Encryption, Relay
from reconciler.model.secret import SecretValue
from reconciler.smtp.record.log import Log, Stop, Timeouts
from reconciler.smtp.route import reach
from reconciler.smtp.session import as_client, login
from reconciler.smtp.session.budget import Budget
from reconciler.smtp.session.dialog import Dialog
from reconciler.smtp.tls import context as tls


async def logins(
    relay: Relay, clients: Sequence[str | None], secret: SecretValue, timeouts: Timeouts, common: Log
) -> None:
    """On connections of their own, one after the other, into `common.each`; the first refusal is the last."""
    for mechanism in as_client.others(clients, relay.auth, common):
        common.tell(f"another connection, with a login of its own: AUTH {mechanism}")
        asked = [name for name in clients if name and as_client.takes(name, relay.auth, common.offered) == mechanism]
        found = await _login(replace(relay, mechanism=mechanism), asked, secret, timeouts, common)
        common.each[mechanism] = found
        if found.status is not CheckStatus.PASS:
            told = as_client.titles(asked)
            common.keep(replace(found, reason=f"AUTH {mechanism}, which {told} takes: {found.reason}"))
            return


async def _login(
    relay: Relay, clients: Sequence[str], secret: SecretValue, timeouts: Timeouts, common: Log
) -> CheckResult:
    log, wire = common.another(), None
    try:
        wire = log.wire = await reach.connected(relay, timeouts, log)
        dialog = Dialog(relay=relay, wire=wire, log=log, timeouts=timeouts, clients=tuple(clients))
        await dialog.opened(None if relay.encryption is Encryption.NONE else tls.context(relay.ca_file))
        await login.login(dialog, str(relay.username), secret, None, Budget())
        await dialog.quit()
    except Stop as stop:
        return stop.result if stop.result.id in ("SMTP302", "SMTP303") else replace(stop.result, id="SMTP302")
    finally:
        if wire is not None:
            await wire.close()
    return log.checks["SMTP302"]
