"""The services behind all protocols: `common`, `db`, `object`, and the call of a method with the credential checked."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lab.servers.odoo import wording
from lab.servers.odoo.errors import AccessDenied, AccessError, MissingError, OperationalError, UserError
from lab.servers.odoo.orm import BaseModel, Env, missing_record
from lab.servers.odoo.world import World

MUTATING = frozenset(
    {
        *("create", "write", "unlink", "copy", "load", "set_param", "export_data", "make_key"),
        *("action_archive", "action_unarchive", "toggle_active", "action_retrieve_max_email_size"),
    }
)


class Services:
    def __init__(self, world: World, api_keys: Mapping[str, int]) -> None:
        self.world = world
        self.api_keys = api_keys

    def dispatch(self, service: str, method: str, params: Sequence[Any]) -> Any:
        return {"common": self._common, "db": self._db, "object": self._object}[service](method, params)

    def version(self) -> dict[str, Any]:
        series, minor = self.world.serie, self.world.minor
        info = [f"saas~{self.world.version}" if minor else self.world.version, minor, 0, "final", 0, ""]
        return {
            "server_version": series,
            "server_version_info": info,
            "server_serie": series,
            "protocol_version": 1,
        }

    def _common(self, method: str, params: Sequence[Any]) -> Any:
        if method == "version":
            return self.version()
        if method in {"authenticate", "login"}:
            return self._authenticate(*params[:3])
        raise Exception(f"Method not found: {method}")  # noqa: TRY002  # as Odoo does

    def _authenticate(self, database: str, login: str, password: str) -> int | bool:
        self._check_database(database)
        assert password or self.world.version != 18  # 18 alone fails so
        for uid, row in self.world.table("res.users").rows.items():
            if row["login"] == login and self.opens(uid, password):
                return uid
        return False

    def _db(self, method: str, params: Sequence[Any]) -> Any:
        if method == "server_version":
            return self.world.serie
        raise AccessDenied  # list_db is off

    def _object(self, method: str, params: Sequence[Any]) -> Any:
        if self.world.version >= 19:
            # the names are one short, as in 19, so that too few parameters fail with its words
            database, uid, password, model, name, *rest = params
            self._check_credential(database, uid, password)
            return self._execute_kw(int(uid), model, name, *(rest if method == "execute_kw" else (rest, {})))
        database, uid, password = params[0], params[1], params[2]
        self._check_credential(database, uid, password)

        def execute_kw(obj: str, method: str, args: Sequence[Any], kw: Mapping[str, Any] | None = None) -> Any:
            return self._execute_kw(int(uid), obj, method, args, kw)

        def execute(obj: str, method: str, *args: Any) -> Any:
            return self._execute_kw(int(uid), obj, method, args)

        execute_kw.__qualname__ = "execute_kw"
        return {"execute_kw": execute_kw, "execute": execute}[method](*params[3:])

    def _check_credential(self, database: str, uid: Any, password: str) -> None:
        self._check_database(database)
        if int(uid) not in self.world.table("res.users").rows:
            raise MissingError(missing_record("res.users", int(uid), int(uid)))
        if not self.opens(int(uid), password):
            raise AccessDenied

    def _check_database(self, database: str) -> None:
        if database != self.world.name:
            raise OperationalError(
                f'connection to server at "127.0.0.1", port 5432 failed: FATAL:  database "{database}" does not exist'
            )

    def opens(self, uid: int, password: str) -> bool:
        row = self.world.table("res.users").rows[uid]
        by_password = row["password"] == password and uid not in self.world.two_factor
        return bool(password and row["active"]) and (by_password or self.api_keys.get(password) == uid)

    def _execute_kw(
        self, uid: int, model: str, method: str, args: Sequence[Any] = (), kw: Mapping[str, Any] | None = None
    ) -> Any:
        if model not in self.world.models:
            raise UserError(f"Object {model} doesn't exist")
        keywords = dict(kw or {})
        env = self.env(uid, keywords.pop("context", None))
        found = find(env[model], method)
        if found is None:
            raise AttributeError(wording.unknown_method(self.world.version, model, method))
        if not hasattr(found, "api_model"):
            # ids come first; a missing one is an IndexError that names the type, which differs between the versions
            args = list(args) if self.world.version >= 19 else tuple(args)
            ids, args = args[0], args[1:]
            found = getattr(env[model]._with([ids] if isinstance(ids, int) else ids or ()), method)
        return self.run(found, *args, **keywords)

    def env(self, uid: int, context: Mapping[str, Any] | None) -> Env:
        language = (context or {}).get("lang")
        if self.world.version >= 18 and language and language not in self.world.languages:
            raise UserError(f"Invalid language code: {language}")
        return Env(self.world, uid, dict(context or {}))

    def run(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if hasattr(method, "unlocked"):
            return method(*args, **kwargs)
        with self.world.transaction():
            return method(*args, **kwargs)


def find(model: BaseModel, method: str) -> Callable[..., Any] | None:
    """A public method of the model; asking for a private one is an error of its own."""
    if method.startswith("_"):
        raise AccessError(wording.private_method(model._version, model._name, method))
    if (method == "has_access") and model._version < 18:
        return None
    if f"{model._name}.{method}" in model.env.world.dropped:
        return None
    found = getattr(model, method, None)
    return found if inspect.ismethod(found) else None
