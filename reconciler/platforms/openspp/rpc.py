"""Calls to an Odoo server: JSON-2 from 19 on with an API key, JSON-RPC else. Knows no settings.

`ReadOnlyOdoo` lets only reads through; `odoo_reads` says which.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from reconciler.drivers.http.answer import Answer
from reconciler.drivers.http.client import Http, ReadOnlyHttp, Requests, pauses
from reconciler.drivers.http.site import HeaderValue, Site
from reconciler.errors import PlatformAnswer, PlatformDenied, PlatformError, PlatformRefused
from reconciler.model.secret import SecretValue
from reconciler.platforms.openspp import read_list, version
from reconciler.platforms.openspp.faults import Passing, fault, unknown_database
from reconciler.platforms.openspp.version import Version

T = TypeVar("T")

JSON2_SINCE = 19
# Sent again after a passing failure: the second time changes nothing more.
IDEMPOTENT = frozenset({"write", "unlink", *(method for methods in read_list.READS.values() for method in methods)})
# what Odoo refuses, it says in the language of the user; and 18 and 19 trip over some texts without any language
_ENGLISH: dict[str, Any] = {"context": {"lang": "en_US"}}
# Odoo up to 18 wants these by position.
_POSITIONAL = {
    "create": "vals_list",
    "write": "vals",
    "check_access_rights": "operation",
    "has_access": "operation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """`named` says where the secret comes from, for messages: "connection.api_key (platforms/odoo#api_key)".

    `protocol` is auto, jsonrpc or json2.
    """

    database: str
    username: str
    secret: SecretValue
    is_key: bool
    named: str
    protocol: str = "auto"


class Odoo(Protocol):
    @property
    def version(self) -> Version: ...

    def call(
        self, model: str, method: str, *, ids: list[int] | None = None, timeout: float | None = None, **values: Any
    ) -> Any:
        """The result of a method; arguments by name. Raises a PlatformError. `timeout` is in seconds."""
        ...

    def close(self) -> None: ...


def writing(site: Site, login: Login) -> Odoo:
    """A connection that can write. Raises PlatformRefused for a protocol that this Odoo does not speak."""
    return _connected(Http, site, login)


def reading(site: Site, login: Login) -> ReadOnlyOdoo:
    """A connection that cannot write: its HTTP knows no other path, and its calls are checked.

    Raises PlatformRefused for a protocol that this Odoo does not speak.
    """
    json2 = ((f"/json/2/{model}/{method}") for model, methods in read_list.READS.items() for method in methods)
    reads = [("POST", path) for path in (version.PATH, "/jsonrpc", *json2)]
    return ReadOnlyOdoo(_connected(lambda site: ReadOnlyHttp(site, reads), site, login))


def _connected(http: Callable[[Site], Requests], site: Site, login: Login) -> Odoo:
    plain = http(site)
    try:
        found = version.asked(plain)
    except BaseException:
        plain.close()
        raise
    possible = found.major >= JSON2_SINCE and login.is_key
    if login.protocol == "jsonrpc" or (login.protocol == "auto" and not possible):
        return JsonRpc(plain, login, found)
    plain.close()
    if not possible:
        raise PlatformRefused(
            f"connection.protocol: json2 does not work with Odoo {found.told} and {login.named}",
            why=f"it exists since Odoo {JSON2_SINCE}, and takes API keys only",
            fix="protocol: auto",
        )
    headers: dict[str, HeaderValue] = {"Authorization": ("bearer ", login.secret), "X-Odoo-Database": login.database}
    return Json2(http(replace(site, headers=headers)), login, found)


class JsonRpc:
    """`/jsonrpc`: the login is proven with every call, and every answer has status 200."""

    def __init__(self, http: Requests, login: Login, version: Version) -> None:
        self.version, self._http, self._login = version, http, login
        self._uid: int | None = None

    def call(
        self, model: str, method: str, *, ids: list[int] | None = None, timeout: float | None = None, **values: Any
    ) -> Any:
        """The result of a method. Raises PlatformDenied for a refused login, else PlatformError.

        `timeout` is in seconds.
        """
        if self._uid is None:
            self._uid = self._authenticated()
        given = [] if ids is None else [ids]
        if (name := _POSITIONAL.get(method)) in values:
            given.append(values.pop(name))
        arguments = [self._login.database, self._uid, self._login.secret, model, method, given, _ENGLISH | values]
        return self._service("object", "execute_kw", arguments, again=method in IDEMPOTENT, timeout=timeout)

    def _authenticated(self) -> int:
        login = self._login
        uid = self._service("common", "authenticate", [login.database, login.username, login.secret, {}], again=True)
        if isinstance(uid, int) and uid:  # False is an int too
            return uid
        raise PlatformDenied(
            f"Odoo refused the login of {login.username}",
            why="the user is unknown, or the secret is wrong"
            + ("" if login.is_key else "; a user with two-factor authentication needs an API key"),
            fix=f"check connection.username and {login.named}",
        )

    def _service(
        self, service: str, method: str, arguments: list[Any], *, again: bool, timeout: float | None = None
    ) -> Any:
        params = {"service": service, "method": method, "args": arguments}
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}

        def send(left: float) -> Any:
            answer = self._http.request("POST", "/jsonrpc", body, idempotent=again, accept={500}, timeout=left)
            found = _json_of(answer)
            if isinstance(found, dict) and isinstance(problem := found.get("error"), dict):
                raise _fault_of(problem.get("data"), answer)
            return found.get("result")  # None leaves the key out

        return _persistent(send, timeout or self._http.site.timeout, again=again)

    def close(self) -> None:
        self._http.close()


class Json2:
    """`/json/2/<model>/<method>`: arguments by name, a key in the header, errors as HTTP status."""

    def __init__(self, http: Requests, login: Login, version: Version) -> None:
        self.version, self._http, self._login = version, http, login
        self._is_user = False

    def call(
        self, model: str, method: str, *, ids: list[int] | None = None, timeout: float | None = None, **values: Any
    ) -> Any:
        """The result of a method; `timeout` is in seconds.

        Raises PlatformDenied for a refused API key or one of another user, else PlatformError.
        """
        if not self._is_user:
            self._check_user()
        body = values if ids is None else {"ids": ids, **values}
        return self._called(model, method, body, timeout)

    def _check_user(self) -> None:
        """The owner of the key acts, whatever name is declared: nothing else in JSON-2 says whose it is."""
        uid = self._called("res.users", "context_get", {})["uid"]
        same = [["id", "=", uid], ["login", "=", self._login.username]]
        if not self._called("res.users", "search_count", {"domain": same}):
            raise PlatformDenied(
                f"{self._login.named} is not a key of {self._login.username}",
                why=f"with JSON-2 the owner of the key acts, and that is another user (id {uid})",
                fix="correct connection.username, or take a key of that user",
            )
        self._is_user = True

    def _called(self, model: str, method: str, body: dict[str, Any], timeout: float | None = None) -> Any:
        again = method in IDEMPOTENT

        def send(left: float) -> Any:
            path = f"/json/2/{model}/{method}"
            accept = {400, 401, 403, 404, 422, 500}
            said = _ENGLISH | body
            answer = self._http.request("POST", path, said, idempotent=again, accept=accept, timeout=left)
            if answer.status == 404 and not answer.is_json:
                raise unknown_database(self._login.database)
            found = _json_of(answer)
            if answer.status == 401:
                fix = f"check {self._login.named}: it must be a key of this database, and not expired"
                raise PlatformDenied("Odoo refused the API key", fix=fix)
            if answer.status != 200:
                raise _fault_of(found, answer)
            return found

        return _persistent(send, timeout or self._http.site.timeout, again=again)

    def close(self) -> None:
        self._http.close()


@dataclass(frozen=True, slots=True)
class ReadOnlyOdoo:
    """Refuses every call that is not a read, or that would touch a secret."""

    _inner: Odoo

    @property
    def version(self) -> Version:
        return self._inner.version

    def call(
        self, model: str, method: str, *, ids: list[int] | None = None, timeout: float | None = None, **values: Any
    ) -> Any:
        """The result of a method. Raises WriteForbidden for a call that is not on the list of reads.

        `timeout` is in seconds.
        """
        read_list.check(model, method, values)
        return self._inner.call(model, method, ids=ids, timeout=timeout, **values)

    def passwords(self, servers: list[int]) -> Mapping[int, SecretValue]:
        """Of these mail servers, closed, to be compared. The one read that brings a secret; raises PlatformError."""
        rows = self._inner.call("ir.mail_server", "read", ids=servers, fields=["smtp_pass"])
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) and "id" in row for row in rows):
            raise PlatformAnswer("Odoo did not answer with mail servers", why="its answer has another shape")
        return {row["id"]: SecretValue(str(row.get("smtp_pass") or "")) for row in rows}

    def close(self) -> None:
        self._inner.close()


def _persistent(send: Callable[[float], T], seconds: float, *, again: bool) -> T:
    """The result of `send`, which is given the seconds left; passing faults are tried again until there are none."""
    deadline = time.monotonic() + seconds
    last: Passing | None = None
    for pause in pauses(deadline):  # it ends by itself where a busy machine slept longer than it was to
        try:
            return send(max(0.1, deadline - time.monotonic()))
        except Passing as error:
            last = error
            if not (again or error.rolled_back) or time.monotonic() + pause >= deadline:
                break
        time.sleep(pause)
    assert last is not None  # noqa: S101  # the first pause always comes
    raise last


def _json_of(answer: Answer) -> Any:
    if answer.status == 500 and not answer.is_json:
        raise Passing(
            f"{answer.what} answered 500: {answer.first_words()}",
            why="Odoo answers this when it is out of workers or database connections",
            fix="try again later, or see Odoo's log",
        )
    return answer.json()


def _fault_of(data: Any, answer: Answer) -> PlatformError:
    if not isinstance(data, dict):
        return answer.unexpected()
    return fault(str(data.get("name")), str(data.get("message")), answer.hidden)
