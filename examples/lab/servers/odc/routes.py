"""The published paths, and what each answers: status and body. ProblemDetails says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lab.servers.odc.tenant import App, Stage, Tenant

Reply = tuple[int, Any]
VIEW_STAGE, VIEW, EDIT = "View stage", "View configurations", "Edit configurations"
EMAIL, DOMAINS, DEPLOY = "Manage Email SMTP configuration", "Manage domains", "Deploy assets"
PERMISSIONS = frozenset({VIEW_STAGE, VIEW, EDIT, EMAIL, DOMAINS, DEPLOY})
PAGE = 100


def problem(status: int, title: str, detail: str | None = None) -> Reply:
    found = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": None}
    return status, {**found, "traceId": "0af7651916cd43dd8448eb211c80319c", "errorCode": f"OS-{status}"}


class Routes:
    def __init__(self, tenant: Tenant) -> None:
        self.tenant, self.polls_until_finished, self.operation_fails = tenant, 1, False

    def answer(self, verb: str, path: str, query: Mapping[str, str], body: Any) -> Reply:
        for known, pattern, handler in _ROUTES:
            if verb == known and (match := re.fullmatch(pattern, path)):
                with self.tenant.lock:
                    return handler(self, query, body, *match.groups())
        return problem(404, "Not Found")

    def environments(self, query: Mapping[str, str], _: Any) -> Reply:
        wanted = query.get("portfolioKey")
        found = [one for one in self.tenant.stages.values() if VIEW_STAGE in one.permissions]
        return 200, {"results": [_environment(one) for one in found if wanted in (None, one.portfolio)]}

    def portfolios(self, query: Mapping[str, str], _: Any) -> Reply:
        return _page([{"key": key, "name": name} for key, name in self.tenant.portfolios.items()], query)

    def deployed(self, query: Mapping[str, str], _: Any) -> Reply:
        stages = [one for one in self.tenant.stages.values() if one.key in query.get("environmentKey", "").split(",")]
        listed = [
            _asset(app, stage) for stage in stages if VIEW_STAGE in stage.permissions for app in stage.apps.values()
        ]
        return _page(listed, query)

    def of_stage(self, _: Mapping[str, str], __: Any, key: str) -> Reply:
        return self._for(key, VIEW, lambda stage: (200, {"systemConfigurations": self.tenant.shown(stage.rows)}))

    def patch_stage(self, _: Mapping[str, str], body: Any, key: str) -> Reply:
        def patched(stage: Stage) -> Reply:
            if not isinstance(body, dict) or body.keys() - {"systemConfigurations"}:
                return problem(400, "Bad Request", "only systemConfigurations may stand in the body")
            named = {one.get("key") for one in body.get("systemConfigurations") or () if isinstance(one, dict)}
            email = bool(named & set(self.tenant.keys.values()))
            if (EMAIL if email else EDIT) not in stage.permissions:
                return problem(403, "Forbidden")
            wrong = self.tenant.patch(
                stage.key,
                stage.rows,
                body.get("systemConfigurations"),
                level="Environment",
                live=self.tenant.deploys_at_once,
            )
            return problem(400, "Bad Request", wrong) if wrong else (204, None)

        return self._for(key, None, patched)

    def of_app(self, query: Mapping[str, str], _: Any, key: str, app_key: str) -> Reply:
        def found(stage: Stage) -> Reply:
            if (app := stage.apps.get(app_key)) is None:
                return problem(404, "Not Found")
            named = query.get("fields", "systemConfigurations").split(",")
            rows = self.tenant.shown(app.rows) if "systemConfigurations" in named else None
            empty = {"settings": None, "timers": None, "integrations": None, "libraries": None, "deployedAt": None}
            return 200, {
                "key": f"cfg-{app.key}",
                "name": app.name,
                "revisionBaseline": app.revision,
                "revisionDeployed": app.revision,
                "systemConfigurations": rows,
                **empty,
            }

        return self._for(key, VIEW, found)

    def patch_app(self, _: Mapping[str, str], body: Any, key: str, app_key: str) -> Reply:
        def patched(stage: Stage) -> Reply:
            if (app := stage.apps.get(app_key)) is None:
                return problem(404, "Not Found")
            allowed = {
                "key",
                "revisionBaseline",
                "settings",
                "timers",
                "integrations",
                "libraries",
                "systemConfigurations",
            }
            if not isinstance(body, dict) or body.keys() - allowed:
                return problem(400, "Bad Request", "the body has other properties than those published")
            if body.get("key") != f"cfg-{app.key}" or body.get("revisionBaseline") != app.revision:
                return problem(400, "Bad Request", "key and revisionBaseline are not as they were given")
            listed = body.get("systemConfigurations")
            wrong = self.tenant.patch(app.key, app.rows, listed, level="Application", live=False)
            return problem(400, "Bad Request", wrong) if wrong else (204, None)

        return self._for(key, EDIT, patched)

    def start(self, _: Mapping[str, str], body: Any) -> Reply:
        names = {"operation", "assetKey", "environmentKey", "revision"}
        if not isinstance(body, dict) or body.keys() != names or body["operation"] != "ApplyConfigs":
            return problem(400, "Bad Request", "not an ApplyConfigs with its revision")
        if (stage := self.tenant.stages.get(body["environmentKey"])) is None or body["assetKey"] not in stage.apps:
            return problem(404, "Not Found")
        if DEPLOY not in stage.permissions:
            return problem(403, "Forbidden")
        if body["revision"] != stage.apps[body["assetKey"]].revision:
            return problem(400, "Bad Request", "this revision is not deployed")
        key = self.tenant.uuid()
        found = {"key": key, "status": "Running", **body, "polls": self.polls_until_finished}
        self.tenant.operations[key] = found
        return 201, self._now(found)

    def operation(self, _: Mapping[str, str], __: Any, key: str) -> Reply:
        if (found := self.tenant.operations.get(key)) is None:
            return problem(404, "Not Found")
        found["polls"] -= 1
        return 200, self._now(found)

    def _now(self, found: dict[str, Any]) -> dict[str, Any]:
        """The state of an operation, which ends after so many looks at it."""
        if found["status"] == "Running" and found["polls"] <= 0:
            found["status"] = "FinishedWithError" if self.operation_fails else "Finished"
            if not self.operation_fails:
                self.tenant.deploy(self.tenant.stages[found["environmentKey"]].apps[found["assetKey"]].rows)
        return {name: value for name, value in found.items() if name != "polls"}

    def messages(self, _: Mapping[str, str], __: Any, key: str) -> Reply:
        if key not in self.tenant.operations:
            return problem(404, "Not Found")
        return 200, {"page": None, "results": [{"message": "the app did not start"}]}

    def patch_domain(self, _: Mapping[str, str], body: Any, key: str) -> Reply:
        def patched(stage: Stage) -> Reply:
            if (
                not isinstance(body, dict)
                or body.keys() != {"defaultDomain"}
                or body["defaultDomain"] not in stage.domains
            ):
                return problem(400, "Bad Request", "not a domain of this stage")
            stage.domain = body["defaultDomain"]
            return 204, None

        return self._for(key, DOMAINS, patched)

    def _for(self, key: str, permission: str | None, then: Callable[[Stage], Reply]) -> Reply:
        if (stage := self.tenant.stages.get(key)) is None:
            return problem(404, "Not Found")
        return problem(403, "Forbidden") if permission and permission not in stage.permissions else then(stage)


def _environment(stage: Stage) -> dict[str, Any]:
    purpose = {"Production": "Production", "Development": "Development"}.get(stage.name, "NonProduction")
    return {
        "key": stage.key, "name": stage.name, "builtinDomain": min(stage.domains), "defaultDomain": stage.domain,
        "purpose": purpose, "order": stage.order, "region": "eu-central-1", "hosting": "oscloud", "status": None,
        "portfolioKey": stage.portfolio,
    }  # fmt: skip


def _asset(app: App, stage: Stage) -> dict[str, Any]:
    deployment = {
        "environmentKey": stage.key,
        "name": app.name,
        "revision": app.revision,
        "portfolioKey": stage.portfolio,
    }
    return {"type": "WebApplication", "key": app.key, "isBuiltIn": False, "deployments": [deployment]}


def _page(listed: list[dict[str, Any]], query: Mapping[str, str]) -> Reply:
    offset, limit = int(query.get("offset", 0)), min(int(query.get("limit", PAGE)), PAGE)
    after = offset + limit if offset + limit < len(listed) else None
    page = {"nextPageOffset": after, "totalResults": len(listed)}
    return 200, {"page": page, "results": listed[offset : offset + limit]}


_CFG, _PF, _DEP = "/api/asset-configurations/v1", "/api/portfolios/v2", "/api/deployments/v1/deployment-operations"
_APP = f"{_CFG}/environments/([^/]+)/applications/([^/]+)"
_ROUTES: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
    ("GET", f"{_PF}/environments", Routes.environments),
    ("GET", f"{_PF}/portfolios", Routes.portfolios),
    ("GET", f"{_PF}/deployed-assets", Routes.deployed),
    ("GET", f"{_CFG}/environments/([^/]+)/default-system-configurations", Routes.of_stage),
    ("PATCH", f"{_CFG}/environments/([^/]+)/default-system-configurations", Routes.patch_stage),
    ("GET", f"{_APP}/revisions/deployed/configurations", Routes.of_app),
    ("PATCH", f"{_APP}/configurations", Routes.patch_app),
    ("POST", _DEP, Routes.start),
    ("GET", f"{_DEP}/([^/]+)", Routes.operation),
    ("GET", f"{_DEP}/([^/]+)/messages", Routes.messages),
    ("PATCH", "/api/environment-configurations/v1/environments/([^/]+)/default-domain", Routes.patch_domain),
)
