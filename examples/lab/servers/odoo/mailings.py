"""What the module mass_mailing adds: mailings that name a mail server, and keep it in use until they are sent."""

from collections.abc import Mapping
from typing import Any

from lab.servers.odoo import wording
from lab.servers.odoo.database import Row
from lab.servers.odoo.errors import AccessError
from lab.servers.odoo.fields import Field
from lab.servers.odoo.orm import ADMIN, BaseModel, api_model

USER = "mass_mailing.group_mass_mailing_user"
FIELD = "active_mailing_ids"
BY_DEFAULT = "Email Marketing uses it as its default mail server to send mass mailings"
_KEY = "mass_mailing.mail_server_id"


class MailingMailing(BaseModel):
    _name = "mailing.mailing"
    _label = "Mass Mailing"
    _rec_name = "subject"
    _access: Mapping[str, tuple[str, ...] | None] = dict.fromkeys(("read", "write", "create", "unlink"), (USER, ADMIN))

    @api_model
    def create(self, vals_list: Any) -> Any:
        """Group Settings alone may not: Odoo wants to look at the mailing lists."""
        if not self.env.sudo and USER not in self.env.groups():
            title = "'Mailing List' (mailing.list)"
            raise AccessError(wording.no_access(self._version, "read", title, (USER,)))
        return super().create(vals_list)

    def _defaults(self) -> Row:
        return {"state": "draft", "active": True}


def with_mailings(fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields of a mail server once the module is installed."""
    spec = {"type": "one2many", "string": "Active mailing using this mail server", "store": True, "readonly": True}
    return {**fields, FIELD: Field(FIELD, {**spec, "relation": "mailing.mailing"})}


def active(server: BaseModel, id_: int) -> list[Row]:
    """The mailings that name a mail server and are not sent."""
    rows = server.env.world.table("mailing.mailing").rows.values()
    return [row for row in rows if row["mail_server_id"] == id_ and row["state"] != "done" and row["active"]]


def usages(server: BaseModel, id_: int) -> list[str]:
    """In Odoo's words."""
    if FIELD not in server._fields:
        return []
    parameters = server.env.world.table("ir.config_parameter").rows.values()
    default = any((row["key"], row["value"]) == (_KEY, str(id_)) for row in parameters)
    return [*([BY_DEFAULT] if default else []), *(f'Mass Mailing "{row["subject"]}"' for row in active(server, id_))]
