"""Which reference an adoption proposes for a login that it finds in use."""

from __future__ import annotations

from reconciler.model.address import Resource
from reconciler.model.secret import SecretRef
from reconciler.pipeline.adopt.secrets import Purse, Wallet, login

MAIN = Resource(collection="mail_servers", key="main")


def test_a_login_of_one_zone_is_none_of_another() -> None:
    """An equal address there is another machine, and its secrets are opened in its own stores."""
    here = login("password", {"host": "10.0.0.5", "username": "app"})
    known, purse = SecretRef(store="default", path="mail/dmz", key="password", zone="dmz"), Purse(store="default")
    purse.add("password", here, known, "relay prod/inner", "dmz")
    dmz, plant, ours = (Wallet(unit="prod/erp", purse=purse, zone=zone, alone=True) for zone in ("dmz", "plant", None))
    assert dmz.reference(MAIN, "password", here) == known
    assert [one.is_new(one.reference(MAIN, "password", here)) for one in (plant, ours)] == [True, True]
