"""The stand-in as tests and the demo hold it: start, stop, look at its rows, change them by hand, make it fail."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from lab.servers.odoo import mail_environment as environment_file
from lab.servers.odoo import models, seed
from lab.servers.odoo.failures import Failure, Failures, Kind
from lab.servers.odoo.mailings import with_mailings
from lab.servers.odoo.network import Address, Network, loopback_only
from lab.servers.odoo.seed import ADMIN_ID, User
from lab.servers.odoo.server import HttpServer
from lab.servers.odoo.services import MUTATING, Services
from lab.servers.odoo.world import MAILING_USER, World

Call = tuple[str, str]


class OdooStandIn:
    """A server on 127.0.0.1 while the `with` block runs.

    `version` is 17 to 20, or one of Odoo Online: `saas~19.2`. `mailings`: the module mass_mailing is installed.

    `email` is the admin's; None leaves it unset. `mail_environment` is True, or the sections of its file.
    `reach` says where host and port of a mail server lead; `smtp_timeout` is 60 s in Odoo. With `certificate` it
    speaks https, as the proxy before an Odoo does.
    """

    def __init__(
        self,
        version: int | str = 19,
        *,
        database: str = "lab",
        login: str = "admin",
        password: str = "admin-password",
        api_key: str = "lab-api-key",
        email: str | None = "admin@example.org",
        port: int = 0,
        users: Sequence[User] = (),
        latency: float = 0.0,
        neutralized: bool = False,
        mail_environment: bool | Mapping[str, Mapping[str, Any]] = False,
        reach: Callable[[str, int], Address] = loopback_only,
        smtp_timeout: float = 60.0,
        ca_file: str | None = None,
        conf_relay: Address = ("localhost", 25),
        certificate: ssl.SSLContext | None = None,
        mailings: bool = False,
    ) -> None:
        major, _, minor = str(version).removeprefix("saas~").partition(".")
        self.version, self.database = int(major), database
        self.login, self.password, self.api_key = login, password, api_key
        fields = models.fields(self.version)
        if mailings:
            fields["ir.mail_server"] = with_mailings(fields["ir.mail_server"])
        sections = environment_file.ALL_FROM_FILE if mail_environment is True else mail_environment or None
        if sections is not None:
            fields["ir.mail_server"] = environment_file.with_flags(fields["ir.mail_server"])
        network = Network(reach=reach, timeout=smtp_timeout, ca_file=ca_file, conf_relay=conf_relay)
        found = models.models(self.version)
        self._world = World(self.version, database, found, fields, network, sections, minor=int(minor or 0))
        self._world.languages |= {user.lang for user in users if user.lang}
        admin = User(login=login, password=password, name="Administrator", email=email, api_key=api_key)
        self._failures = Failures()
        self._calls: list[Call] = []
        self._lock = threading.Lock()
        keys = seed.fill(self._world, admin, users)
        if mailings:  # whoever installs a module may use it
            seed.join(self._world, ADMIN_ID, MAILING_USER)
        services = Services(self._world, keys)
        if neutralized:
            self.neutralize()
        self._server = HttpServer(port, services, self._failures, latency, self._note, certificate)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return self._server.url

    # what clients did

    @property
    def calls(self) -> list[Call]:
        """Model (or service) and method of each call that ran, in order; changes by hand are not in it."""
        with self._lock:
            return list(self._calls)

    @property
    def writes(self) -> int:
        """How many calls asked for a change, refused ones included."""
        return sum(method in MUTATING for _, method in self.calls)

    @property
    def requests(self) -> int:
        """How many HTTP requests came, of every kind."""
        return self._server.requests

    def forget_calls(self) -> None:
        with self._lock:
            self._calls.clear()

    # looking and changing by hand, as in the web client

    def records(self, model: str) -> list[dict[str, Any]]:
        """Copies of all rows, archived ones included, as they are stored: None where nothing is set."""
        with self._world.database.lock:
            return [dict(row) for row in self._world.table(model).rows.values()]

    def add(self, model: str, **values: Any) -> int:
        with self._world.transaction():
            return int(self._world.root()[model].create(values))

    def edit(self, model: str, record_id: int, **values: Any) -> None:
        with self._world.transaction():
            record = self._world.root()[model]._with([record_id])
            record._ensure_exists(record_id)
            record.write(values)

    def remove(self, model: str, record_id: int) -> None:
        with self._world.transaction():
            self._world.root()[model]._with([record_id]).unlink()

    def set_next_id(self, model: str, record_id: int) -> None:
        """As if other records had come and gone: the next one gets this id."""
        with self._world.database.lock:
            self._world.table(model).serial = record_id - 1

    def set_parameter(self, key: str, value: str) -> None:
        with self._world.transaction():
            self._world.root()["ir.config_parameter"].set_param(key, value)  # type: ignore[attr-defined]  # by name

    def without_fields(self, model: str, *names: str) -> None:
        """As if the module that brings these fields were not installed."""
        with self._world.database.lock:
            for name in names:
                self._world.fields[model].pop(name, None)

    def neutralize(self) -> None:
        with self._world.transaction():
            seed.neutralize(self._world)

    def cut_off(self) -> None:
        """Its host reaches no relay any more: the connection test fails."""

        def refused(host: str, port: int) -> Address:
            raise ConnectionRefusedError(111, "Connection refused")

        self._world.network = replace(self._world.network, reach=refused)

    @contextmanager
    def disturbed(self, *, latency: float, failing: float) -> Iterator[None]:
        """Every request takes `latency` seconds longer; the part `failing` of the calls fails in passing."""
        weather = self._server.weather
        weather.latency, weather.failing = latency, failing
        try:
            yield
        finally:
            weather.latency, weather.failing = 0.0, 0.0

    @contextmanager
    def limited(self, *, calls: int, seconds: float) -> Iterator[None]:
        """More than `calls` requests in `seconds` are refused with 429."""
        self._server.weather.ration = (calls, seconds)
        try:
            yield
        finally:
            self._server.weather.ration = None

    @property
    def refused(self) -> int:
        """How many requests were refused for being too many."""
        return self._server.weather.refused

    @contextmanager
    def without_rights(self) -> Iterator[None]:
        """The admin is a plain user meanwhile."""
        self._admin_is("plain")
        try:
            yield
        finally:
            self._admin_is("system")

    def _admin_is(self, group: str) -> None:
        with self._world.transaction():
            users = self._world.table("res.users").rows
            users[ADMIN_ID] = {**users[ADMIN_ID], "group_ids": seed.GROUP_IDS[group]}

    def fail_next(self, times: int, kind: Kind, *, method: str | None = None, seconds: float = 1.0) -> None:
        """Lets the next calls (of `method`, if named) fail.

        pool, serialization: an error before the call runs (`load` returns the latter as a message);
        html500, 503html, 429: another answer in its place; truncated, dropped: the call runs, half its answer or
        none arrives; slow: it takes `seconds` longer.
        """
        self._failures.add(times, Failure(kind, method, seconds))

    def failures_left(self) -> int:
        """How many of `fail_next` no call has met yet."""
        return len(self._failures)

    def calm(self) -> None:
        """Nothing fails any more."""
        self._failures.clear()

    def _note(self, model: str, method: str) -> None:
        with self._lock:
            self._calls.append((model, method))


__all__ = ["ADMIN_ID", "OdooStandIn", "User"]
