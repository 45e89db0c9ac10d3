"""The network as the host of the stand-in sees it. It ends at loopback, whatever a mail server's record says."""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass

Address = tuple[str, int]


def loopback_only(host: str, port: int) -> Address:
    """Lets loopback addresses pass; any other host does not exist."""
    host.encode("idna")  # what a look-up does first; a name that is none raises UnicodeError
    if host == "localhost":
        return host, port
    try:
        known = ipaddress.ip_address(host).is_loopback
    except ValueError:
        known = False
    if not known:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return host, port


@dataclass(frozen=True, slots=True)
class Network:
    # where a host and port of a record lead; raises what a real look-up would
    reach: Callable[[str, int], Address] = loopback_only
    timeout: float = 60.0  # SMTP_TIMEOUT of Odoo
    ca_file: str | None = None  # a CA the host trusts besides its own
    conf_relay: Address = ("localhost", 25)  # smtp_server and smtp_port of odoo.conf
