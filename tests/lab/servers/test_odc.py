"""The stand-in keeps to what is published: shapes, permissions, PATCH semantics, limits. A platform that passes on one
that is kinder than the vendor proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from lab.servers.odc import OdcStandIn
from lab.servers.odc.routes import PERMISSIONS
from lab.servers.odc.tenant import Tenant

CONFIGURATIONS = "/api/asset-configurations/v1/environments/{}/default-system-configurations"
# GenericConfigResult, as published
PROPERTIES = {
    "key", "name", "description", "dataType", "defaultValue", "deployedValue", "value", "valueOrigin",
    "deployedValueOrigin", "isSecret", "valueSetAfterDeploy", "updatedAt", "filename",
}  # fmt: skip


class Client:
    def __init__(self, odc: OdcStandIn) -> None:
        self.odc, self.session = odc, requests.Session()
        self.session.trust_env = False
        form = {"grant_type": "client_credentials", "client_id": odc.client_id, "client_secret": odc.secret}
        found = self.session.get(f"{odc.url}/identity/.well-known/openid-configuration", timeout=5).json()
        token = self.session.post(found["token_endpoint"], data=form, timeout=5).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, verb: str, path: str, body: Any = None) -> requests.Response:
        return self.session.request(verb, self.odc.url + path, json=body, timeout=5)

    def patch(self, *elements: Any) -> requests.Response:
        path = CONFIGURATIONS.format(self.odc.stage().key)
        return self("PATCH", path, {"systemConfigurations": list(elements)})


@pytest.fixture
def client() -> Iterator[Client]:
    with OdcStandIn() as odc:
        made = Client(odc)
        with made.session:
            yield made


def test_every_run_has_keys_of_its_own() -> None:
    assert not set(Tenant().keys.values()) & set(Tenant().keys.values())


def test_a_configuration_has_the_published_properties_and_no_secret_in_it(client: Client) -> None:
    client.patch({"key": client.odc.tenant.keys["password"], "value": "hidden"})
    found = client("GET", CONFIGURATIONS.format(client.odc.stage().key)).json()["systemConfigurations"]
    assert all(row.keys() == PROPERTIES for row in found)
    assert "hidden" not in str(found)


def test_a_patch_changes_only_what_is_provided_and_answers_204(client: Client) -> None:
    before = {key: dict(row) for key, row in client.odc.stage().rows.items()}
    key = client.odc.tenant.keys["port"]
    answer = client.patch({"key": key, "value": "2525"})
    changed = [key for key, row in client.odc.stage().rows.items() if row != before[key]]
    assert (answer.status_code, answer.content, changed) == (204, b"", [key])


@pytest.mark.parametrize(
    "element",
    [
        {"key": "port", "value": 587},
        {"key": "port", "value": "many"},
        {"key": "port", "value": "25"},
        {"key": "port", "value": "587", "name": "x"},
        {"key": "nobody", "value": "x"},
        "port",
    ],
    ids=["number", "no number", "25", "another property", "unknown key", "text"],
)
def test_a_wrong_element_is_refused_and_nothing_of_the_call_is_kept(client: Client, element: Any) -> None:
    keys = client.odc.tenant.keys
    wrong = {**element, "key": keys.get(element["key"], element["key"])} if isinstance(element, dict) else element
    answer = client.patch({"key": keys["host"], "value": "smtp.example.com"}, wrong)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert client.odc.row("host")["value"] is None
    assert client.odc.writes == 1


@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_without_a_permission_its_calls_are_refused(client: Client, permission: str) -> None:
    stage, app = client.odc.stage(), client.odc.app()
    calls = {
        "View stage": ("GET", f"/api/portfolios/v2/deployed-assets?environmentKey={stage.key}", None),
        "View configurations": ("GET", CONFIGURATIONS.format(stage.key), None),
        "Edit configurations": (
            "PATCH",
            f"/api/asset-configurations/v1/environments/{stage.key}/applications/{app.key}/configurations",
            {},
        ),
        "Manage Email SMTP configuration": (
            "PATCH",
            CONFIGURATIONS.format(stage.key),
            {"systemConfigurations": [{"key": client.odc.tenant.keys["host"], "value": "x"}]},
        ),
        "Manage domains": ("PATCH", f"/api/environment-configurations/v1/environments/{stage.key}/default-domain", {}),
        "Deploy assets": (
            "POST",
            "/api/deployments/v1/deployment-operations",
            {"operation": "ApplyConfigs", "assetKey": app.key, "environmentKey": stage.key, "revision": app.revision},
        ),
    }
    client.odc.deny(permission)
    answer = client(*calls[permission])
    assert answer.status_code == 403 or answer.json()["results"] == []


def test_what_an_app_is_configured_to_be_is_used_only_after_apply_configs(client: Client) -> None:
    stage, app, key = client.odc.stage(), client.odc.app(), client.odc.tenant.keys["test_list.active"]
    path = f"/api/asset-configurations/v1/environments/{stage.key}/applications/{app.key}/configurations"
    body = {"key": f"cfg-{app.key}", "revisionBaseline": app.revision}
    assert client("PATCH", path, body | {"systemConfigurations": [{"key": key, "value": "True"}]}).status_code == 204
    assert (app.rows[key]["value"], app.rows[key]["deployedValue"]) == ("True", "False")
    start = {"operation": "ApplyConfigs", "assetKey": app.key, "environmentKey": stage.key, "revision": app.revision}
    operation = client("POST", "/api/deployments/v1/deployment-operations", start).json()
    client("GET", f"/api/deployments/v1/deployment-operations/{operation['key']}")
    assert (operation["status"], app.rows[key]["deployedValue"]) == ("Running", "True")


def test_the_hundred_and_first_call_in_a_minute_is_refused_without_saying_for_how_long(client: Client) -> None:
    path = CONFIGURATIONS.format(client.odc.stage().key)
    answers = [client("GET", path) for _ in range(101)]
    assert [answer.status_code for answer in answers] == [200] * 100 + [429]
    assert "retry-after" not in answers[-1].headers


def test_nobody_is_let_in_without_a_token(client: Client) -> None:
    del client.session.headers["Authorization"]
    assert client("GET", "/api/portfolios/v2/environments").status_code == 401
