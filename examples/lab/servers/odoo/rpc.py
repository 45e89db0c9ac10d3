"""Envelopes: XML-RPC, JSON-RPC and JSON-2 requests into calls, results and errors into responses."""

import inspect
import json
import xmlrpc.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from lab.servers.odoo import wording
from lab.servers.odoo.errors import (
    AccessDenied,
    AccessError,
    BadRequest,
    NotFound,
    ServerError,
    Unauthorized,
    UnprocessableEntity,
    UserError,
    class_name,
    last_line,
    traceback_of,
)
from lab.servers.odoo.services import Services, find

Seen = Callable[[str, str], None]  # told of each call before it runs: model or service, and method


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


# XML-RPC


def xmlrpc_response(services: Services, service: str, body: bytes, seen: Seen, *, v1: bool) -> Response:
    """`v1` is /xmlrpc/<service>, which words faults as strings."""
    try:
        params, method = xmlrpc.client.loads(body, use_builtin_types=True)
        result = call(services, service, str(method), list(params), seen)
        text = xmlrpc.client.dumps((result,), methodresponse=True)
    except Exception as error:  # noqa: BLE001  # whatever it is, a client gets it as a fault
        text = xmlrpc.client.dumps(v1_fault(error) if v1 else fault(error))
    return Response(200, text.encode(), "text/xml; charset=utf-8")


def fault(error: BaseException) -> xmlrpc.client.Fault:
    code = error.fault_code if isinstance(error, ServerError) else 1
    return xmlrpc.client.Fault(code, traceback_of(error) if code == 1 else str(error))


def v1_fault(error: BaseException) -> xmlrpc.client.Fault:
    if isinstance(error, AccessDenied | AccessError):
        return xmlrpc.client.Fault(type(error).__name__, str(error))  # type: ignore[arg-type]  # a string, in v1
    if isinstance(error, UserError):
        return xmlrpc.client.Fault(f"warning -- UserError\n\n{error}", "")  # type: ignore[arg-type]  # as above
    return xmlrpc.client.Fault(str(error), traceback_of(error))  # type: ignore[arg-type]  # as above


# JSON-RPC


def jsonrpc_response(services: Services, body: bytes, seen: Seen) -> Response:
    try:
        request = json.loads(body)
    except ValueError:
        return html(
            HTTPStatus.BAD_REQUEST, "The browser (or proxy) sent a request that this server could not understand."
        )
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request.get("id")}
    params = request.get("params", {})
    try:
        result = call(services, params["service"], params["method"], params.get("args", []), seen)
    except Exception as error:  # noqa: BLE001  # as above
        answer["error"] = jsonrpc_error(error, services.world.version)
    else:
        answer |= {} if result is None else {"result": result}  # None: the key is missing
    return as_json(HTTPStatus.OK, answer)


def jsonrpc_error(error: BaseException, version: int) -> dict[str, Any]:
    bare = version >= 19 and isinstance(error, AccessDenied)  # 19 shows no traceback of a refused login
    data = {**described(error), "debug": f"{last_line(error)}\n" if bare else traceback_of(error)}
    return {"code": 0 if version >= 19 else 200, "message": "Odoo Server Error", "data": data}


def call(services: Services, service: str, method: str, params: list[Any], seen: Seen) -> Any:
    of_model = service == "object" and len(params) > 4
    seen(*((str(params[3]), str(params[4])) if of_model else (service, method)))
    return services.dispatch(service, method, params)


# JSON-2


def json2_response(
    services: Services, verb: str, path: str, headers: Mapping[str, str | None], body: bytes, seen: Seen
) -> Response:
    wanted = headers.get("X-Odoo-Database")
    if wanted not in (None, services.world.name):
        return html(HTTPStatus.NOT_FOUND, "No database is selected and the requested URL was not found.")
    try:
        _check_route(verb, path)
        result = _json2_result(services, path, headers.get("Authorization") or "", body, seen)
    except Exception as error:  # noqa: BLE001  # as above
        status = error.http_status if isinstance(error, ServerError) else 500
        return as_json(status, {**described(error), "debug": traceback_of(error)})
    return as_json(HTTPStatus.OK, result)


def _check_route(verb: str, path: str) -> None:
    if verb != "POST" or path.count("/") != 4:
        raise NotFound("Did you mean POST /json/2/<model>/<method>?")


def _json2_result(services: Services, path: str, authorization: str, body: bytes, seen: Seen) -> Any:
    uid = _bearer(services, authorization)
    _, _, _, model, name = path.split("/")
    seen(model, name)
    arguments = _arguments(body)
    ids, context = arguments.pop("ids", None), arguments.pop("context", None)
    if model not in services.world.models:
        raise NotFound(f"the model {model!r} does not exist")
    env = services.env(uid, context)
    found = find(env[model], name)
    if found is None:
        raise NotFound(wording.unknown_method(services.world.version, model, name))
    if hasattr(found, "api_model"):
        if ids:
            raise UnprocessableEntity(f"cannot call {model}.{name} with ids")
    else:
        found = getattr(env[model]._with(ids or ()), name)
    try:
        inspect.signature(found).bind(**arguments)
    except TypeError as error:
        raise UnprocessableEntity(str(error)) from error
    result = services.run(found, **arguments)
    return [result] if name == "create" and isinstance(result, int) else result


def _bearer(services: Services, authorization: str) -> int:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("User not authenticated, use an API Key with a Bearer Authorization header.")
    if key not in services.api_keys or not services.opens(services.api_keys[key], key):
        raise Unauthorized("Invalid apikey")
    return services.api_keys[key]


def _arguments(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"could not parse the body as json: {error}") from error
    return dict(found)


# both


def described(error: BaseException) -> dict[str, Any]:
    arguments = error.arguments if isinstance(error, ServerError) else list(error.args)
    # str() of a KeyError quotes it; Odoo shows the same
    return {"name": class_name(error), "message": str(error), "arguments": arguments, "context": {}}


def as_json(status: int, value: Any) -> Response:
    return Response(status, json.dumps(value).encode(), "application/json; charset=utf-8")


def html(
    status: HTTPStatus, text: str, headers: Mapping[str, str] | None = None, *, title: str | None = None
) -> Response:
    title = title or f"{status.value} {status.phrase}"
    page = f"<!doctype html>\n<html lang=en>\n<title>{title}</title>\n<h1>{status.phrase}</h1>\n<p>{text}</p>\n"
    return Response(status, page.encode(), "text/html; charset=utf-8", headers or {})
