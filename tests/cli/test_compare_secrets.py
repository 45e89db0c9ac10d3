"""`drift --compare-secrets`: what the platforms hold beside what the store has, and who may ask."""

from __future__ import annotations

from typing import Any

from lab import canary
from lab.servers.odoo import OdooStandIn


def password(site: Any, value: str) -> None:
    """By hand, so that the time of the last edit stays ours."""
    site.rotate()
    site.vault.put(site.mail_path(), password=value)


def applied(site: Any) -> Any:
    assert site.run("apply", "--auto-approve").code == 0
    return site


def compared(site: Any, *words: str) -> Any:
    return site.run("drift", "--compare-secrets", *words, role="apply")


def row(odoo: OdooStandIn) -> dict[str, Any]:
    (found,) = odoo.records("ir.mail_server")
    return found


def test_what_is_equal_is_no_drift(site: Any) -> None:
    told = compared(applied(site))
    assert told.code == 0, told.out


def test_a_password_that_somebody_changed_behind_our_mark_is_drift(site: Any) -> None:
    """Odoo's own date stays: a restored backup, or an edit in its database."""
    applied(site)
    server, other = site.odoo["dev"], canary.secret()
    [table] = [rows for rows in vars(server).values() if isinstance(rows, dict) and "ir.mail_server" in rows] or [None]
    if table is None:
        server.edit("ir.mail_server", row(server)["id"], smtp_pass=other)
    else:
        next(iter(table["ir.mail_server"].values()))["smtp_pass"] = other
    told = compared(site)
    assert told.code == 2
    assert "the platform holds another value" in told.out
    assert other not in told.out


def test_a_file_with_another_password_is_drift_and_shows_none(shop: Any) -> None:
    applied(shop)
    path = shop.land.app()
    text, other = path.read_text("utf-8"), canary.token()
    (line,) = [line for line in text.splitlines() if line.startswith("SMTP_PASSWORD=")]
    path.write_text(text.replace(line, f"SMTP_PASSWORD={other}"), "utf-8")
    told = compared(shop)
    assert told.code == 2
    assert "the platform holds another value" in told.out


def test_an_edit_that_left_the_password_alone_is_seen_as_such(shop: Any) -> None:
    """Without comparing, any edit of the file by hand counts as one of its secrets."""
    applied(shop)
    path = shop.land.app()
    path.write_text(path.read_text("utf-8") + "OTHER=1\n", "utf-8")
    assert shop.run("drift").code == 2
    assert compared(shop).code == 0


def test_a_lost_state_is_no_drift_where_the_secrets_are_equal(shop: Any) -> None:
    applied(shop)
    shop.land.documents["reconciler.yaml"]["state"]["path"] += "-lost"
    shop.land.write()
    assert "not yet set by reconciler" in shop.run("drift").out
    assert "not yet set by reconciler" not in compared(shop).out


def test_the_role_of_plans_may_not_compare(shop: Any) -> None:
    applied(shop)
    told = shop.run("drift", "--compare-secrets", role="plan")
    assert "permission denied" in told.text
    assert told.code != 0


def test_a_plan_opens_no_mail_secret_as_before(shop: Any) -> None:
    applied(shop)
    assert shop.run("drift", role="plan").code == 0
