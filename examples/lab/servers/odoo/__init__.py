"""A stand-in for Odoo 17, 18 and 19: outgoing mail servers over XML-RPC, JSON-RPC and JSON-2, on loopback.

It is no Odoo. 17 and 19 are checked against recordings of real servers (tests/lab/servers/test_odoo_replay.py);
18 is put together from notes on a real 18 and is not replayed.
"""

from lab.servers.odoo.standin import OdooStandIn, User

__all__ = ["OdooStandIn", "User"]
