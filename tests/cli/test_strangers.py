"""What nobody declares and what takes mail from ours is drift, until it is gone or accepted."""

from __future__ import annotations

from typing import Any


def test_a_stranger_that_takes_mail_is_drift(site: Any) -> None:
    assert site.run("apply", "--auto-approve").code == 0
    odoo = site.odoo["dev"]
    record = odoo.add("ir.mail_server", name="mine", smtp_host="elsewhere.example.net", sequence=1)
    told = site.run("drift")
    assert told.code == 2, told.out
    assert "unmanaged-wins: “mine” (id" in told.out
    assert "1 stranger in the way" in told.out
    assert "No drift" not in told.out
    odoo.edit("ir.mail_server", record, active=False)
    assert site.run("drift").code == 0


def test_one_that_somebody_has_accepted_is_not(site: Any) -> None:
    assert site.run("apply", "--auto-approve").code == 0
    site.odoo["dev"].add("ir.mail_server", name="mine", smtp_host="elsewhere.example.net", sequence=1)
    accepted = {"until": "2099-01-01", "reason": "the old relay, until the move"}
    [target] = [one for name, one in site.land.documents.items() if name.startswith("dev/") and "mail_servers" in one]
    target["accept"] = {"unmanaged-wins": accepted}
    site.land.write()
    told = site.run("drift")
    assert told.code == 0, told.out
