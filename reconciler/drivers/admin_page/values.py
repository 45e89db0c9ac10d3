"""What a control shows, and the setting's value that stands for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.drivers.admin_page.page_map import CHECKED, UNCHECKED, Control, Type
from reconciler.drivers.admin_page.tab import Field
from reconciler.model.settings import Value

# what a control of each type may turn out to be on the page
KINDS = {
    Type.TEXT: {"text"},
    Type.NUMBER: {"text"},
    Type.LIST: {"text"},
    Type.PASSWORD: {"password"},
    Type.SELECT: {"select"},
    Type.COMBOBOX: {"combobox"},
    Type.MENU: {"menu", "combobox"},
    Type.RADIO: {"radio"},
    Type.CHECKBOX: {"checkbox"},
}


def value(control: Control, shown: str | None) -> Value:
    """An empty field is None; what `choices` do not name is given back as it is shown."""
    text = (shown or "").strip()
    if control.choices:
        return control.choices.get(text, text or None)
    match control.type:
        case Type.CHECKBOX:
            return text == CHECKED
        case Type.NUMBER:
            return int(text) if text.isascii() and text.isdigit() else text or None
        case Type.LIST:
            parts = [part.strip() for part in text.split(control.separator)]
            return tuple(part for part in parts if part)
    return text or None


def shown(control: Control, wanted: Value) -> str | None:
    """What to type or to choose; None where the map has no word for it."""
    if control.choices:
        return next(
            (text for text, one in control.choices.items() if one == wanted and type(one) is type(wanted)), None
        )
    match control.type:
        case Type.CHECKBOX:
            return CHECKED if wanted is True else UNCHECKED
        case Type.LIST:
            many = wanted if isinstance(wanted, tuple) else () if wanted is None else (wanted,)
            return control.separator.join(map(str, many))
    return "" if wanted is None else str(wanted)


def same(control: Control, typed: str, field: Field) -> bool:
    """Whether a field holds what was typed into it."""
    held = field.held or ""
    if control.type is Type.LIST or control.type is Type.NUMBER:
        return value(control, typed) == value(control, held)
    if control.type is Type.PASSWORD:
        return typed == held
    return " ".join(typed.split()) == " ".join(held.split())


def unknown(control: Control, field: Field) -> bool:
    """A choice that the map does not name."""
    text = (field.held or "").strip()
    return bool(control.choices) and text != "" and text not in control.choices


def applies(control: Control, values: Mapping[str, Value]) -> bool:
    """Whether the control should be there; one that depends on a hidden one is hidden too."""
    return all(name in values and values[name] in wanted for name, wanted in control.when.items())
