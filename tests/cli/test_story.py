"""The tool as its user sees it: plan, apply, nothing left to do, a change by hand, a rotated secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lab.canary import leaks

STAGES = ("dev", "test", "prod")


@pytest.fixture(params=["vault", "file"])
def three(make_site: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    """Three stages, the last one with Odoo 17; state in Vault or in files."""
    state = None if request.param == "vault" else {"backend": "file", "path": ".state"}
    return make_site(stages=STAGES, odoo={"dev": 19, "prod": 17}, state=state)


def test_a_saved_plan_is_shown_and_applied_and_then_nothing_is_left(three: Any) -> None:
    planned = three.run("plan", "--out", "plan.json")
    assert (planned.code, planned.err) == (0, "")
    assert planned.out.endswith("Plan: 2 to create, 3 to update.\nApply with: reconciler apply plan.json\n")
    assert three.run("show", "plan.json").out == planned.out
    assert three.run("apply", "plan.json").code == 0
    again = three.run("plan", "--detailed-exitcode")
    assert again.code == 0
    assert again.out.endswith("No changes; 5 in sync; 1 warning.\n")
    assert "= prod/openspp:mail_servers[main]   in sync\n      ! certificate-not-verified: " in again.out  # Odoo 17


def test_stages_are_applied_in_order_each_after_its_handshake(three: Any) -> None:
    done = three.run("apply", "--auto-approve")
    told = done.out.partition("Plan: ")[2]
    places = [told.index(f"\n{stage}\n") for stage in STAGES]
    assert done.code == 0
    assert places == sorted(places)
    assert told.count("AUTH PLAIN as ") == len(STAGES)
    assert "Applied 5, failed 0, not attempted 0" in done.out


def test_drift_says_that_the_platform_moved_and_apply_heals_it(three: Any) -> None:
    three.run("apply", "--auto-approve")
    three.odoo["prod"].edit("ir.mail_server", three.odoo["prod"].records("ir.mail_server")[0]["id"], smtp_port=25)
    drifted = three.run("drift")
    assert drifted.code == 2
    assert "prod/openspp:mail_servers[main]   changed on the platform since run" in drifted.out
    assert "1 of 5 resources drifted" in drifted.out
    assert three.run("apply", "--auto-approve").code == 0
    assert three.run("drift").code == 0


def test_drift_says_that_git_is_ahead(three: Any) -> None:
    three.run("apply", "--auto-approve")
    three.land.documents["dev/openspp.yaml"]["mail_servers"]["main"]["priority"] = 7
    three.land.write()
    found = three.run("drift", "--format", "json")
    causes = {field["cause"] for change in found.json["changes"] for field in change["fields"]}
    assert (found.code, causes) == (2, {"git"})


def test_a_rotated_secret_is_planned_from_its_version_alone_and_applied(three: Any) -> None:
    three.run("apply", "--auto-approve")
    three.rotate("test")
    planned = three.run("plan", "--select", "test", "--detailed-exitcode")
    assert planned.code == 2
    assert "v1 → v2, rotated in Vault" in planned.out
    assert three.run("apply", "--auto-approve").code == 0
    assert three.relay.users[three.land.user("test")] in _unquoted(three.land.app("test").read_text("utf-8"))


def test_the_plans_role_reads_no_mail_secret(three: Any) -> None:
    assert three.run("plan", role="plan").code == 0
    refused = three.run("verify", "--select", "dev/submission", role="plan")
    assert refused.code == 1
    assert "permission denied" in refused.out


def test_with_the_plans_role_apply_writes_nothing_and_says_why(three: Any) -> None:
    refused = three.run("apply", "--auto-approve", role="plan")
    assert refused.code in (1, 5)
    assert "permission denied" in refused.text
    assert all(server.writes == 0 for server in three.odoo.values())


def test_what_is_kept_holds_the_reference_and_no_secret(three: Any) -> None:
    three.run("plan", "--out", "plan.json")
    three.run("apply", "plan.json")
    assert three.mail_path("prod") in three.kept()
    assert not leaks(three.kept())


def test_explain_and_validate_need_no_server(three: Any) -> None:
    three.tokens["plan"] = ""
    assert three.run("validate").out == "9 files are valid\n"
    explained = three.run("explain", "prod/openspp:mail_servers[main]")
    assert "relay submission   environments/prod/environment.yaml:" in explained.out
    assert three.mail_path("prod") in explained.out


def _unquoted(text: str) -> str:
    return text.replace("\\", "")
