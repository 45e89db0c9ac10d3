"""What programs read: one form for each command, whatever became of it, and what belongs together said once."""

from __future__ import annotations

import copy
from typing import Any

SHOP, OTHER, ODOO = "dev/shop:settings", "dev/other:settings", "dev/openspp:mail_servers[main]"


def test_a_handshake_is_in_the_document_of_an_apply_once_with_all_that_it_was_made_for(shop: Any) -> None:
    other = copy.deepcopy(shop.land.documents["dev/shop.yaml"])
    other["connection"]["path"] = "apps/dev/other.env"
    shop.land.documents["dev/other.yaml"] = other
    shop.land.write()
    told = shop.run("apply", "--auto-approve", "--format", "json").json
    (proof,) = told["handshakes"]
    assert {one["address"]: one["handshake"] for one in told["outcomes"]} == {SHOP: "h1", OTHER: "h1"}
    assert (proof["id"], proof["relay"], proof["used_by"]) == ("h1", "dev/submission", [OTHER, SHOP])
    assert (proof["where"]["file"], proof["certificate"]["days"]) == ("environments/dev/environment.yaml", 63)
    assert told["at"] <= proof["at"]


def test_verify_tells_where_a_relay_is_declared_and_who_uses_it(site: Any) -> None:
    (found,) = site.run("verify", "--format", "json").json["handshakes"]
    assert found["where"]["file"] == "environments/dev/environment.yaml"
    assert sorted(found["used_by"]) == [ODOO, SHOP]


def test_the_relay_of_a_setting_is_a_field_of_its_own(site: Any) -> None:
    explained = site.run("explain", "--format", "json").json
    (relay,) = explained["relays"]
    resource = next(one for one in explained["resources"] if one["address"] == ODOO)
    assert sorted(relay["used_by"]) == [ODOO, SHOP]
    assert (resource["relay"], resource["settings"]["host"]["relay"]) == ("dev/submission", "submission")
    planned = site.run("plan", "--format", "json").json
    fields = {field["field"]: field for change in planned["changes"] for field in change["fields"]}
    assert (fields["host"]["origin"]["relay"], fields["host"]["origin"]["through"]) == (
        "submission",
        "relay submission",
    )


def test_a_plan_without_a_result_has_the_whole_form_and_is_no_plan_to_apply(shop: Any) -> None:
    shop.tokens["plan"] = "unknown"
    shop.land.documents["reconciler.yaml"]["state"] = {"backend": "vault", "store": "default", "path": "state"}
    shop.land.write()
    failed = shop.run("plan", "--format", "json")
    assert (failed.code, failed.json["complete"], failed.json["applyable"]) == (1, False, False)
    assert (failed.json["stages"], failed.json["changes"]) == ([], [])
    (shop.folder / "plan.json").write_text(failed.out, encoding="utf-8")
    refused = shop.run("apply", "plan.json")
    assert (refused.code, "making it came to no result" in refused.err) == (3, True)
