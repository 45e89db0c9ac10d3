"""The OCA module mail_environment: settings of mail servers come from the server's configuration file.

Sections are named `outgoing_mail` (for all) and `outgoing_mail.<name of the record>`. A setting the file has is
answered from there, and a write to it is dropped without a word.
"""

from collections.abc import Mapping
from typing import Any

from lab.servers.odoo.database import Row
from lab.servers.odoo.fields import Field, of_mail_environment

Sections = Mapping[str, Mapping[str, Any]]
FIELDS = frozenset({"smtp_host", "smtp_port", "smtp_user", "smtp_pass", "smtp_encryption", "smtp_authentication"})
DEFAULTED = frozenset({"smtp_port", "smtp_encryption", "smtp_authentication"})
# a file that leaves nothing to the records
ALL_FROM_FILE: Sections = {
    "outgoing_mail": {
        "smtp_host": "127.0.0.1",
        "smtp_port": 25,
        "smtp_user": None,
        "smtp_pass": None,
        "smtp_encryption": "none",
        "smtp_authentication": "login",
    }
}


def with_flags(fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields of `ir.mail_server` once the module is installed: computed ones keep their labels and choices."""
    changed = {
        name: Field(name, {**(fields[name].spec if name in fields else {}), **field.spec})
        for name, field in of_mail_environment().items()
    }
    # recorded without the Outlook module
    return {name: field for name, field in fields.items() if "microsoft" not in name} | changed


def value(sections: Sections, row: Row, name: str) -> Any:
    found = _section(sections, row["name"])
    return found[name] if name in found else row.get(name)


def kept(sections: Sections, record: str, values: Row, *, new: bool) -> Row:
    """What of the written values survives: nothing the file has; of a new row nothing that has a default (recorded)."""
    lost = {*_section(sections, record), *(DEFAULTED if new else ())} & FIELDS
    return {name: value for name, value in values.items() if name not in lost}


def flag(sections: Sections, row: Row, name: str) -> Any:
    """`x_smtp_host_env_is_editable`, `x_smtp_host_env_default` and their like."""
    field, _, question = name.removeprefix("x_").partition("_env_")
    editable = field not in _section(sections, row["name"])
    return editable if question == "is_editable" else row.get(field) if editable else None


def _section(sections: Sections, record: str) -> Mapping[str, Any]:
    return {**sections.get("outgoing_mail", {}), **sections.get(f"outgoing_mail.{record}", {})}
