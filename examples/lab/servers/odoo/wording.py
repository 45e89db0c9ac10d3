"""Texts that differ between the versions. 18 takes those of 17 unless notes on a real 18 say otherwise."""

from collections.abc import Sequence

NOBODY = "No group currently allows this operation."
VERBS = {"read": "access", "write": "modify", "create": "create", "unlink": "delete"}


def unknown_method(version: int, model: str, method: str) -> str:
    if version >= 19:
        return f"The method '{model}.{method}' does not exist"
    return f"The method '{method}' does not exist on the model '{model}'"


def private_method(version: int, model: str, method: str) -> str:
    name = f"'{model}.{method}'" if version >= 19 else method
    return f"Private methods (such as {name}) cannot be called remotely."


def unknown_field_written(version: int, model: str, field: str) -> str:
    return f"Invalid field '{field}' {'in' if version >= 19 else 'on model'} '{model}'"


def unknown_field_read(version: int, model: str, field: str) -> str:
    return f"Invalid field '{field}' {'on' if version >= 19 else 'on model'} '{model}'"


def unknown_field_searched(version: int, model: str, leaf: tuple[object, ...]) -> str:
    return f"Invalid field {model}.{leaf[0]} in {'condition' if version >= 19 else 'leaf'} {leaf!r}"


def missing_required(version: int, model: str, field: str) -> str:
    """`model` and `field` with their labels, as in "Mail Server (ir.mail_server)"."""
    if version >= 19:
        return f"The operation cannot be completed: {missing_required_in_load(version, model, field)}"
    return (
        "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n- Delete: another model "
        "requires the record being deleted. If possible, archive it instead.\n\n"
        f"Model: {model}\nField: {field}\n"
    )


def missing_required_in_load(version: int, model: str, field: str) -> str:
    label, _, name = field.partition(" (")
    text = f"Missing required value for the field '{label}' ({name}"
    if version < 19:
        return text
    label, _, name = model.partition(" (")
    return (
        f"{text}.\nModel: '{label}' ({name}\n- create/update: a mandatory field is not set\n"
        "- delete: another model requires the record being deleted, you can archive it instead\n"
    )


def no_access(version: int, operation: str, model: str, groups: Sequence[str]) -> str:
    slash = " / " if version >= 19 else "/"
    names = "\n".join(f"\t- {_group(version, group).replace(' / ', slash)}" for group in groups)
    allowed = f"This operation is allowed for the following groups:\n{names}" if groups else NOBODY
    return (
        f"You are not allowed to {VERBS[operation]} {model} records.\n\n{allowed}\n\n"
        "Contact your administrator to request access if necessary."
    )


def no_access_to_fields(version: int, operation: str, model: str, uid: int, fields: list[str]) -> str:
    allowed = f"allowed for groups '{_group(version, 'base.group_system')}'"
    if version >= 19:
        return (
            f'You do not have enough rights to access the field "{fields[0]}" on {model}. '
            f"Please contact your system administrator.\n\nOperation: {operation}\nUser: {uid}\nGroups: {allowed}"
        )
    lines = "\n".join(f"- {field} ({allowed})" for field in fields)
    return (
        "The requested operation can not be completed due to security restrictions.\n\n"
        f"Document type: {model}\nOperation: {operation}\nUser: {uid}\nFields:\n{lines}"
    )


def quoted(version: int, name: str) -> str:
    return f"“{name}”" if version >= 18 else f"{name!r}"


def _group(version: int, group: str) -> str:
    names = {
        "base.group_system": "Role / Administrator" if version >= 19 else "Administration / Settings",
        "base.group_erp_manager": "Administration / Access Rights",
        "mass_mailing.group_mass_mailing_user": "Email Marketing/User",
    }
    return names[group]
