"""An hvac client that looks at nothing but what it is told: our session, own CA, deadlines, no proxy, no redirects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import SecretError
from reconciler.secrets.vault.options import VaultOptions

if TYPE_CHECKING:
    import hvac

CONNECT_TIMEOUT = 5.0  # seconds
CONNECTIONS = 32  # as many as the fleet has threads


def client(options: VaultOptions) -> hvac.Client:
    """hvac's client with our own trust and timeouts. Raises SecretError for a CA file that cannot be read."""
    import hvac

    from reconciler.network import session as http_session
    from reconciler.network import trust
    from reconciler.secrets.vault.session import Punctual

    ca_file = trust.trusted(options.ca_file)
    _check(options, ca_file)
    # else REQUESTS_CA_BUNDLE wins over our CA, .netrc over our headers, and HTTPS_PROXY sees where we go
    session = http_session.prepared(Punctual(), ca_file=ca_file, connections=CONNECTIONS)
    return hvac.Client(
        url=options.address,
        token="",  # None makes hvac look for VAULT_TOKEN and ~/.vault-token
        namespace=options.namespace,
        session=session,
        timeout=(min(CONNECT_TIMEOUT, options.timeout), options.timeout),
        allow_redirects=False,
    )


def _check(options: VaultOptions, ca_file: str | None) -> None:
    from reconciler.network import trust

    if options.ca_file is None or ca_file is None or not options.address.startswith("https:"):
        return
    fix = f"secret_stores.{options.store}.ca_file (or VAULT_CACERT): a PEM file with the CA that signed its certificate"
    if not Path(ca_file).is_file():
        what = "does not exist" if not Path(ca_file).exists() else "is not a regular file"
        raise SecretError(f"CA file {ca_file} {what}", fix=fix)
    try:
        trust.context(ca_file, None)
    except trust.Unreadable:
        raise SecretError(f"no CA certificate could be read from {ca_file}", fix=fix) from None
