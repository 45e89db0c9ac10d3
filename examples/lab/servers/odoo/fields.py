"""Fields of models: what `fields_get` says of them, and how a value gets into a row and out to a client."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIELDS = Path(__file__).parent / "fields"
LOG_FIELDS = frozenset({"id", "create_uid", "create_date", "write_uid", "write_date"})
NUMBERS: Mapping[str, Any] = {"integer": int, "float": float}
TO_MANY = frozenset({"one2many", "many2many"})


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    spec: Mapping[str, Any]  # as `fields_get` answers it

    @property
    def type(self) -> str:
        return str(self.spec["type"])

    @property
    def label(self) -> str:
        return str(self.spec.get("string", self.name))

    @property
    def required(self) -> bool:
        return bool(self.spec.get("required"))

    @property
    def computed(self) -> bool:
        return self.spec.get("store") is False

    @property
    def groups(self) -> str | None:
        return self.spec.get("groups")

    @property
    def choices(self) -> list[list[str]]:
        return list(self.spec.get("selection", []))

    def to_row(self, value: Any, model: str) -> Any:
        if self.type in NUMBERS:
            return NUMBERS[self.type](value or 0)
        if self.type == "boolean":
            return bool(value)
        if value is None or value is False:
            return None
        if self.type == "selection" and value not in [choice for choice, _ in self.choices]:
            raise ValueError(f"Wrong value for {model}.{self.name}: {value!r}")
        if self.type in {"char", "text", "binary", "selection", "datetime"}:
            return str(value)
        return value

    def to_client(self, value: Any) -> Any:
        """An empty value is False, except for numbers; a to-many field lists ids."""
        if value is None:
            return NUMBERS[self.type]() if self.type in NUMBERS else [] if self.type in TO_MANY else False
        return value


def of_version(version: int) -> dict[str, dict[str, Field]]:
    """18 has the fields of 17 and the size limit of 19 (from notes; it was not recorded)."""
    found = _read(f"odoo-{19 if version >= 19 else 17}.json")
    if version == 18:
        found["ir.mail_server"]["max_email_size"] = _read("odoo-19.json")["ir.mail_server"]["max_email_size"]
    return found


def of_mail_environment() -> dict[str, Field]:
    """What the OCA module mail_environment changes in and adds to `ir.mail_server`."""
    return _read("mail_environment.json")["ir.mail_server"]


def named(**types: str) -> dict[str, Field]:
    """Fields of a model of which only names and types matter here; `!` marks a required one, `~` a computed one."""
    log = {"create_uid": "many2one", "create_date": "datetime", "write_uid": "many2one", "write_date": "datetime"}
    specs = {"id": "integer", "display_name": "~char", **types, **log}
    return {name: Field(name, _spec(name, type_)) for name, type_ in specs.items()}


def _spec(name: str, type_: str) -> dict[str, Any]:
    spec = {
        "type": type_.strip("!~"),
        "string": name.replace("_", " ").title(),
        "required": type_.startswith("!"),
        "readonly": type_.startswith("~") or name in LOG_FIELDS,
        "store": not type_.startswith("~"),
    }
    return spec | ({"relation": "res.users"} if name in {"create_uid", "write_uid"} else {})


def _read(name: str) -> dict[str, dict[str, Field]]:
    found: dict[str, dict[str, Any]] = json.loads((FIELDS / name).read_text(encoding="utf-8"))
    return {model: {name: Field(name, spec) for name, spec in specs.items()} for model, specs in found.items()}
