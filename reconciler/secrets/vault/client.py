"""An hvac client that looks at nothing but what it is told: own session, own CA, deadlines, no proxy, no redirects."""

from __future__ import annotations

import ssl
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
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    # else REQUESTS_CA_BUNDLE wins over our CA, .netrc over our headers, and HTTPS_PROXY sees where we go
    session.trust_env = False
    session.verify = _trusted(options)
    session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    return hvac.Client(
        url=options.address,
        token="",  # None makes hvac look for VAULT_TOKEN and ~/.vault-token
        namespace=options.namespace,
        session=session,
        timeout=(min(CONNECT_TIMEOUT, options.timeout), options.timeout),
        allow_redirects=False,
    )


def _trusted(options: VaultOptions) -> str | bool:
    """The declared CA, else those of the system, else those that come with requests."""
    if options.ca_file is not None:
        if not Path(options.ca_file).is_file():
            fix = f"correct secret_stores.{options.store}.ca_file (or VAULT_CACERT)"
            raise SecretError(f"CA file {options.ca_file} does not exist", fix=fix)
        return options.ca_file
    system = ssl.get_default_verify_paths()
    if system.cafile:
        return system.cafile
    if system.capath and any(Path(system.capath).glob("*.0")):
        return system.capath
    return True
