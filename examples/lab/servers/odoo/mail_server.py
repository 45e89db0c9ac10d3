"""`ir.mail_server`: its constraints, the guard of servers in use, the connection test."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab.servers.odoo import mail_environment, mailings, wording
from lab.servers.odoo.database import Row
from lab.servers.odoo.errors import UserError, ValidationError
from lab.servers.odoo.orm import BaseModel, unlocked
from lab.servers.odoo.probe import Settings, connect, probe

OAUTH = {
    "gmail": ("Gmail", "Gmail username (your email address)"),
    "outlook": ("Outlook", "Outlook/Office365 username (your email address)"),
}
LOGIN_INFO = (
    "Connect to your server through your usual username and password. \n"
    "This is the most basic SMTP authentication process and may not be accepted by all providers. \n"
)
NO_EMAIL = "Please configure an email on the current user to simulate sending an email message via this outgoing server"


class IrMailServer(BaseModel):
    _name = "ir.mail_server"
    _label = "Mail Server"
    _order = "sequence, id"

    def write(self, vals: Mapping[str, Any]) -> bool:
        if not vals.get("active", True):
            self._refuse_in_use()
        return super().write(vals)

    def action_archive(self) -> None:
        self.write({"active": False})

    def action_unarchive(self) -> None:
        self.write({"active": True})

    def toggle_active(self) -> None:
        for row in self._existing():
            self._with([row["id"]]).write({"active": not row["active"]})

    @unlocked
    def test_smtp_connection(self) -> Row:
        if self._version >= 19:
            self._check_access("read")
        for id_ in self._ids:
            self._test(id_)
        return self._notification("Connection Test Successful!")

    @unlocked
    def _test(self, id_: int) -> None:
        with self.env.world.database.lock:
            row = self._ensure_exists(id_)
            settings = self._settings(row)
        probe(
            settings,
            lambda: self._sender(row),
            self.env.world.network,
            version=self._version,
            lang=self.env.context.get("lang"),
        )

    def _settings(self, row: Row) -> Settings:
        return Settings(
            host=self._stored(row, "smtp_host"),
            port=self._stored(row, "smtp_port"),
            encryption=self._stored(row, "smtp_encryption"),
            authentication=self._stored(row, "smtp_authentication"),
            user=self._stored(row, "smtp_user"),
            password=self._stored(row, "smtp_pass"),
            certificate=row["smtp_ssl_certificate"],
            private_key=row["smtp_ssl_private_key"],
        )

    def _sender(self, row: Row) -> str:
        parts = [part.strip() for part in (row["from_filter"] or "").split(",") if part.strip()]
        if not parts:
            email = str(self.env.user["email"] or "")
            if "@" not in email:
                raise UserError(NO_EMAIL)
            return email
        addresses = [part for part in parts if "@" in part]
        return (addresses or self._default_senders(parts) or [f"odoo@{parts[0]}"])[0]

    def _default_senders(self, domains: Sequence[str]) -> list[str]:
        rows = self.env.world.table("mail.alias.domain").rows.values()
        return [
            f"{row['default_from']}@{row['name']}" for row in rows if row["name"] in domains and row["default_from"]
        ]

    def _notification(self, message: str) -> Row:
        params = {"message": message, "type": "success", "sticky": False}
        if self._version >= 18:
            params["next"] = {"type": "ir.actions.act_window_close"}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    # in use by templates and mailings

    def _refuse_in_use(self) -> None:
        used = {row["id"]: (row["name"], found) for row in self._existing() if (found := self._usages(row["id"]))}
        if not used:
            return
        names = ", ".join(name for name, _ in used.values())
        lines = []
        for name, usages in used.values():
            lines += [f"{name} (Dedicated Outgoing Mail Server):"] if len(used) > 1 else []
            lines += [f"- {usage}" for usage in usages]
        subject, verb = (
            ("these Outgoing Mail Servers", "they are") if len(used) > 1 else ("this Outgoing Mail Server", "it is")
        )
        raise UserError(
            f"You cannot archive {subject} ({names}) because {verb} still used in the following case(s):\n"
            + "\n".join(lines)
        )

    def _usages(self, id_: int) -> list[str]:
        templates = [f"{template['name']} (Email Template)" for template in self._templates(id_)]
        return [*templates, *mailings.usages(self, id_)]

    def _templates(self, id_: int) -> list[Row]:
        return [row for row in self.env.world.table("mail.template").rows.values() if row["mail_server_id"] == id_]

    # constraints

    def _forbid(self, row: Row) -> None:
        certificate_in_the_open = (row["smtp_authentication"], row["smtp_encryption"]) == ("certificate", "none")
        if self._version >= 18 and certificate_in_the_open:
            raise ValidationError(
                "The operation cannot be completed: Certificate-based authentication requires a TLS transport"
            )

    def _check(self, row: Row) -> None:
        if row["smtp_authentication"] == "certificate":
            if not row["smtp_ssl_private_key"]:
                raise UserError(f"SSL private key is missing for {row['name']}.")
            if not row["smtp_ssl_certificate"]:
                raise UserError(f"SSL certificate is missing for {row['name']}.")
        if row["smtp_authentication"] in OAUTH:
            self._check_oauth(row, *OAUTH[row["smtp_authentication"]])

    def _check_oauth(self, row: Row, vendor: str, username: str) -> None:
        name = wording.quoted(self._version, row["name"])
        if row["smtp_pass"]:
            raise UserError(
                f"Please leave the password field empty for {vendor} mail server {name}. "
                "The OAuth process does not require it"
            )
        if row["smtp_encryption"] != "starttls":
            raise UserError(
                f'Incorrect Connection Security for {vendor} mail server {name}. Please set it to "TLS (STARTTLS)".'
            )
        if not row["smtp_user"]:
            raise UserError(
                f'Please fill the "Username" field with your {username}. '
                f"This should be the same account as the one used for the {vendor} OAuthentication Token."
            )

    # values

    def _defaults(self) -> Row:
        return {
            "smtp_port": 25,
            "smtp_authentication": "login",
            "smtp_encryption": "none",
            "sequence": 10,
            "active": True,
        }

    def _value(self, row: Row, name: str) -> Any:
        if name == "smtp_authentication_info":
            return LOGIN_INFO if self._stored(row, "smtp_authentication") == "login" else False
        if name == "mail_template_ids":
            return [template["id"] for template in self._templates(row["id"])]
        if name == mailings.FIELD:
            return [mailing["id"] for mailing in mailings.active(self, row["id"])]
        sections = self.env.world.mail_environment
        if sections is not None and name in mail_environment.FIELDS:
            return self._fields[name].to_client(self._stored(row, name))
        if sections is not None and name.startswith("x_"):
            return mail_environment.flag(sections, row, name) or False
        return super()._value(row, name)

    def _stored(self, row: Row, name: str) -> Any:
        sections = self.env.world.mail_environment
        return row[name] if sections is None else mail_environment.value(sections, row, name)

    def _written(self, row: Row, values: Row) -> Row:
        sections = self.env.world.mail_environment
        if sections is None:
            return values
        new = row["id"] not in self._table.rows
        return self._blanks(row) | mail_environment.kept(sections, {**row, **values}["name"], values, new=new)

    def _blanks(self, row: Row) -> Row:
        """A new row has its defaults, whatever mail_environment drops of the values."""
        return {name: value for name, value in self._defaults().items() if row.get(name) is None and name != "active"}

    def _matches(self, row: Row, leaf: tuple[str, str, Any]) -> bool:
        if self.env.world.mail_environment is not None and leaf[0] in mail_environment.FIELDS:
            return True  # computed now: Odoo leaves such a term out
        return super()._matches(row, leaf)


class IrMailServerSince18(IrMailServer):
    """What 18 added."""

    @unlocked
    def action_retrieve_max_email_size(self) -> Row:
        self._check_access("write")
        found = []
        for id_ in self._ids:
            row = self._ensure_exists(id_)
            connection = connect(self._settings(row), self.env.world.network, bug=not self.env.context.get("lang"))
            size = int(connection.esmtp_features.get("size", "0")) / 1024**2
            connection.close()
            with self.env.world.transaction():
                self._with([id_]).write({"max_email_size": size})
            found.append(f"{row['name']}: {size:.2f} Mb")
        return self._notification(f"Email maximum size updated ({', '.join(found)}).")

    def has_access(self, operation: str) -> bool:
        return self._has_access(operation)
