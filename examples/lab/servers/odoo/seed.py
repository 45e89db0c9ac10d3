"""What a fresh database holds, by version: users, parameters, a company, and serials where a real one has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.servers.odoo.database import Row
from lab.servers.odoo.world import ROOT, World

ADMIN_ID = 2
GROUP_IDS = {"plain": [1], "erp_manager": [1, 2], "system": [1, 4]}
PARAMETERS = {
    "database.secret": "6f1c7e0a-lab",
    "database.uuid": "0b9fd1c4-lab",
    "database.create_date": "2026-11-20 09:31:04",
    "web.base.url": "http://localhost:8069",
    "base.login_cooldown_after": "10",
    "base.login_cooldown_duration": "60",
    "base.template_portal_user_id": "5",
    "base.default_max_email_size": "10",
    "base_setup.show_effect": "True",
    "mail.activity.gc.delete_overdue_years": "3",
    "mail.restrict.template.rendering": "1",
    "auth_signup.invitation_scope": "b2c",
    "auth_signup.reset_password": "True",
}
SINCE = {"base.default_max_email_size": 18, "mail.restrict.template.rendering": 18}
# serials that modules have used up: users 5 (a default user, gone in 19), templates, external ids, models
SERIALS = {
    17: {"res.users": 5, "mail.template": 5, "ir.model.data": 14692, "res.partner": 85},
    18: {"res.users": 5, "mail.template": 5, "ir.model.data": 14692, "res.partner": 85},
    19: {"res.users": 4, "mail.template": 7, "ir.model.data": 19259, "res.partner": 90},
}
EXTERNAL_IDS = {
    17: {"group_user": (5, 1), "group_erp_manager": (2991, 2), "group_system": (2993, 4), "group_portal": (3003, 10)},
    19: {"group_user": (5, 1), "group_erp_manager": (3914, 2), "group_system": (3916, 4), "group_portal": (3923, 10)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Someone who can log in; `group` is system, erp_manager or plain.

    `id` is the next one unless given. With `two_factor` only an API key opens; `expired` is that key.
    """

    login: str
    password: str
    name: str = ""
    email: str | None = None
    group: str = "system"
    api_key: str | None = None
    id: int | None = None
    lang: str | None = None
    active: bool = True
    expired: bool = False
    two_factor: bool = False


def fill(world: World, admin: User, others: Sequence[User]) -> dict[str, int]:
    """The rows of a fresh database; answers which user each API key belongs to."""
    serials = SERIALS[min(world.version, 19)]
    _put(world, "res.users", ROOT, name="OdooBot", login="__system__", group_ids=[4], active=False)
    keys = dict(_add_user(world, ADMIN_ID, admin))
    world.table("res.users").serial = serials["res.users"]
    for user in others:
        keys |= _add_user(world, user.id or world.table("res.users").next_id(), user)
    _put(world, "res.company", world.table("res.company").next_id(), name="My Company")
    _put(world, "ir.model", serials["res.partner"], model="res.partner", name="Contact")
    for key, value in PARAMETERS.items():
        if world.version >= SINCE.get(key, 0):
            portal = {"base.template_portal_user_id": "4"} if world.version >= 19 else {}
            _put(world, "ir.config_parameter", None, key=key, value=portal.get(key, value))
    for name, (id_, res_id) in EXTERNAL_IDS[19 if world.version >= 19 else 17].items():
        _put(world, "ir.model.data", id_, module="base", name=name, model="res.groups", res_id=res_id, noupdate=False)
    for model in ("mail.template", "ir.model.data"):
        world.table(model).serial = serials[model]
    return keys


def join(world: World, user: int, group: int) -> None:
    rows = world.table("res.users").rows
    rows[user] = {**rows[user], "group_ids": [*rows[user]["group_ids"], group]}


def neutralize(world: World) -> None:
    """What `odoo-bin neutralize` does to a copy: nothing sends any more, yet passwords stay where they are."""
    servers = world.table("ir.mail_server")
    servers.rows = {id_: {**row, "active": False} for id_, row in servers.rows.items()}
    templates = world.table("mail.template")
    templates.rows = {id_: {**row, "mail_server_id": None} for id_, row in templates.rows.items()}
    env = world.root()
    id_ = env["ir.mail_server"]._create(
        {"name": "neutralization - disable emails", "smtp_host": "invalid", "smtp_port": 1025}
    )
    servers.rows[id_] = {**servers.rows[id_], "sequence": None}
    env["ir.config_parameter"].set_param("database.is_neutralized", "true")  # type: ignore[attr-defined]  # by name


def _add_user(world: World, id_: int, user: User) -> Mapping[str, int]:
    vals = {"login": user.login, "password": user.password, "email": user.email, "active": user.active}
    vals |= {"lang": user.lang}
    world.two_factor |= {id_} if user.two_factor else set()
    _put(world, "res.users", id_, name=user.name or user.login, group_ids=GROUP_IDS[user.group], **vals)
    if user.api_key is None:
        return {}
    now = world.now()
    _put(world, "res.users.apikeys", None, name="lab", scope="rpc", user_id=id_, expiration_date=now)
    if user.expired and world.version >= 18:  # before, keys did not expire
        return {}
    return {user.api_key: id_}


def _put(world: World, table_name: str, id_: int | None, /, **vals: Any) -> None:
    table, now = world.table(table_name), world.now()
    id_ = table.next_id() if id_ is None else id_
    blank: Row = dict.fromkeys(name for name, field in world.fields[table_name].items() if not field.computed)
    log = {"create_uid": ROOT, "create_date": now, "write_uid": ROOT, "write_date": now}
    table.rows[id_] = blank | log | vals | {"id": id_}
