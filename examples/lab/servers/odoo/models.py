"""The models around `ir.mail_server`, as far as a keeper of mail servers needs them."""

import re
from collections.abc import Mapping
from typing import Any

from lab.servers.odoo.database import Row
from lab.servers.odoo.errors import UserError, ValidationError
from lab.servers.odoo.fields import Field, named, of_version
from lab.servers.odoo.mail_server import IrMailServer, IrMailServerSince18
from lab.servers.odoo.mailings import MailingMailing
from lab.servers.odoo.orm import ADMIN, BaseModel, api_model

MANAGER = "base.group_erp_manager"
MANAGERS = (MANAGER, ADMIN)
NO_CHANGES: dict[str, tuple[str, ...] | None] = {"read": None, "write": (), "create": (), "unlink": ()}
EVERYONE = dict.fromkeys(("read", "write", "create", "unlink"))
READABLE: dict[str, tuple[str, ...] | None] = {"read": None, "write": MANAGERS, "create": MANAGERS, "unlink": MANAGERS}


class IrModelData(BaseModel):
    _name = "ir.model.data"
    _label = "Model Data"
    _order = "module, model, name"
    _access = READABLE

    def _defaults(self) -> Row:
        return {"module": "", "noupdate": False}

    def _value(self, row: Row, name: str) -> Any:
        if name == "complete_name":
            return f"{row['module']}.{row['name']}"
        return super()._value(row, name)

    def _forbid(self, row: Row) -> None:
        key = (row["module"], row["name"])
        if any(key == (other["module"], other["name"]) for other in self._others(row)):
            raise ValidationError(
                "The operation cannot be completed: duplicate key value violates unique constraint "
                '"ir_model_data_module_name_uniq_index"\n'
                f"DETAIL:  Key (module, name)=({row['module']}, {row['name']}) already exists.\n"
            )

    def _others(self, row: Row) -> list[Row]:
        return [other for other in self._table.rows.values() if other["id"] != row["id"]]


class IrConfigParameter(BaseModel):
    _name = "ir.config_parameter"
    _label = "System Parameter"
    _order = "key"
    _rec_name = "key"

    @api_model
    def get_param(self, key: str, default: Any = False) -> Any:
        self._check_access("read")
        found = self._of_key(key)
        return found["value"] if found else default

    @api_model
    def set_param(self, key: str, value: Any) -> Any:
        """Answers the old value; an empty new one deletes the parameter."""
        self._check_access("write")
        found = self._of_key(key)
        if value in (None, False, ""):
            self._with([found["id"]] if found else []).unlink()
        elif found:
            self._with([found["id"]]).write({"value": str(value)})
        else:
            self._create({"key": key, "value": str(value)})
        return found["value"] if found else False

    def _of_key(self, key: str) -> Row | None:
        return next((row for row in self._table.rows.values() if row["key"] == key), None)

    def _forbid(self, row: Row) -> None:
        known = self._of_key(row["key"])
        if known and known["id"] != row["id"]:
            raise ValidationError("The operation cannot be completed: Key must be unique.")


class ResUsers(BaseModel):
    _name = "res.users"
    _label = "User"
    _order = "name, login"
    _access = READABLE

    @api_model
    def has_group(self, group_ext_id: str) -> bool:
        return group_ext_id in self.env.groups()

    @api_model
    def context_get(self) -> Row:
        return {"lang": self.env.user["lang"] or "en_US", "tz": False, "uid": self.env.uid}

    def _to_row(self, vals: Mapping[str, Any]) -> Row:
        vals = {"group_ids" if name == "groups_id" else name: value for name, value in vals.items()}
        row = super()._to_row({name: value for name, value in vals.items() if name != "group_ids"})
        for command in vals.get("group_ids", ()):  # only "replace with these" is understood: [6, 0, ids]
            row["group_ids"] = [*command[2]]
        return row

    def _defaults(self) -> Row:
        return {"active": True, "group_ids": [[6, 0, [1]]]}

    def _value(self, row: Row, name: str) -> Any:
        if name in {"group_ids", "groups_id"}:
            return list(row["group_ids"])
        return False if name == "password" else super()._value(row, name)


class ResUsersSince18(ResUsers):
    def has_group(self, group_ext_id: str) -> bool:  # a method of records since 18
        return any(group_ext_id in self.env.world.groups_of(id_) for id_ in self._ids)


class ResUsersApikeys(BaseModel):
    _name = "res.users.apikeys"
    _label = "Users API Keys"
    _access = NO_CHANGES


class ResUsersApikeysDescription(BaseModel):
    _name = "res.users.apikeys.description"
    _label = "API Key Description"
    _access = EVERYONE

    def make_key(self) -> None:
        raise UserError("This method can only be accessed over HTTP")


class ResCompany(BaseModel):
    _name = "res.company"
    _label = "Companies"
    _order = "name"
    _access = READABLE

    def _value(self, row: Row, name: str) -> Any:
        aliases = {
            "default_from_email": "default_from",
            "bounce_email": "bounce_alias",
            "catchall_email": "catchall_alias",
        }
        if name not in aliases:
            return super()._value(row, name)
        domain = self.env.world.table("mail.alias.domain").rows.get(row["alias_domain_id"] or 0)
        return f"{domain[aliases[name]]}@{domain['name']}" if domain else False


class MailAliasDomain(BaseModel):
    _name = "mail.alias.domain"
    _label = "Email Domain"
    _order = "sequence ASC, id ASC"
    _access = READABLE

    def _defaults(self) -> Row:
        return {"bounce_alias": "bounce", "catchall_alias": "catchall", "default_from": "notifications", "sequence": 10}

    def _value(self, row: Row, name: str) -> Any:
        if name == "company_ids":
            return [company["id"] for company in self._companies() if company["alias_domain_id"] == row["id"]]
        if name in {"bounce_email", "catchall_email", "default_from_email"}:
            alias = row.get(name.replace("_email", "_alias"), row["default_from"])
            if name == "default_from_email" and "@" in (alias or ""):
                return alias
            return f"{alias}@{row['name']}" if alias else False
        return super()._value(row, name)

    def _to_row(self, vals: Mapping[str, Any]) -> Row:
        """As `_sanitize_alias_name` leaves them, as far as ASCII goes."""
        row = super()._to_row(vals)
        for name in {"bounce_alias", "catchall_alias", "default_from"} & row.keys():
            local, at, domain = str(row[name] or "").strip().lower().partition("@")
            kept = re.sub(r"[^\w!#$%&'*+\-/=?^_`{|}~.]+", "-", local, flags=re.ASCII)
            row[name] = (kept + at + domain if name == "default_from" else kept) or None
        return row

    def _create(self, vals: Mapping[str, Any]) -> int:
        first = not self._table.rows
        id_ = super()._create(vals)
        for company in self._companies() if first else ():  # the first one goes to every company without one
            if company["alias_domain_id"] is None:
                self.env["res.company"]._as_root()._with([company["id"]]).write({"alias_domain_id": id_})
        return id_

    def _companies(self) -> list[Row]:
        return list(self.env.world.table("res.company").rows.values())

    def _forbid(self, row: Row) -> None:
        others = [other for other in self._table.rows.values() if other["id"] != row["id"]]
        if any((row["bounce_alias"], row["name"]) == (other["bounce_alias"], other["name"]) for other in others):
            raise ValidationError("The operation cannot be completed: Bounce emails should be unique")
        if any((row["catchall_alias"], row["name"]) == (other["catchall_alias"], other["name"]) for other in others):
            raise ValidationError("The operation cannot be completed: Catchall emails should be unique")

    def _check(self, row: Row) -> None:
        if not re.fullmatch(r"[\w.-]+", row["name"], re.ASCII):
            raise ValidationError(
                f"You cannot use anything else than unaccented latin characters in the domain name {row['name']}."
            )


class MailTemplate(BaseModel):
    _name = "mail.template"
    _label = "Email Templates"
    _access = READABLE


class IrModel(BaseModel):
    _name = "ir.model"
    _label = "Models"
    _rec_name = "model"
    _access = READABLE


PLAIN_FIELDS: dict[str, dict[str, Field]] = {
    "ir.model.data": named(
        module="!char", name="!char", model="!char", res_id="integer", noupdate="boolean", complete_name="~char"
    ),
    "ir.config_parameter": named(key="!char", value="!text"),
    "res.users": named(name="!char", login="!char", password="char", email="char", lang="char", active="boolean"),
    "res.users.apikeys": named(name="!char", scope="char", user_id="many2one", expiration_date="datetime"),
    "res.users.apikeys.description": named(name="!char"),
    "res.company": named(
        name="!char",
        email="char",
        alias_domain_id="many2one",
        default_from_email="~char",
        bounce_email="~char",
        catchall_email="~char",
    ),
    "mail.template": named(name="char", model_id="many2one", mail_server_id="many2one"),
    "ir.model": named(model="!char", name="!char"),
    "mailing.mailing": named(
        subject="!char", mail_server_id="many2one", mailing_type="char", state="char", active="boolean"
    ),
}
RELATIONS = {
    ("res.users.apikeys", "user_id"): "res.users",
    ("res.company", "alias_domain_id"): "mail.alias.domain",
    ("mail.template", "model_id"): "ir.model",
    ("mail.template", "mail_server_id"): "ir.mail_server",
    ("mailing.mailing", "mail_server_id"): "ir.mail_server",
}


def models(version: int) -> dict[str, type[BaseModel]]:
    common = (
        IrModelData,
        IrConfigParameter,
        ResUsersApikeys,
        ResUsersApikeysDescription,
        ResCompany,
        MailAliasDomain,
        MailTemplate,
        IrModel,
        MailingMailing,
    )
    versioned = (IrMailServerSince18, ResUsersSince18) if version >= 18 else (IrMailServer, ResUsers)
    return {model._name: model for model in (*common, *versioned)}


def fields(version: int) -> dict[str, dict[str, Field]]:
    groups = Field("groups", {"type": "many2many", "string": "Groups", "relation": "res.groups", "store": True})
    found = {model: dict(names) for model, names in PLAIN_FIELDS.items()} | of_version(version)
    found["res.users"]["group_ids" if version >= 19 else "groups_id"] = groups
    for (model, name), relation in RELATIONS.items():
        found[model][name] = Field(name, {**found[model][name].spec, "relation": relation})
    return found
