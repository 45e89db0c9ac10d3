"""What a page map can and cannot take, as far as the declaration alone shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.drivers.admin_page import values
from reconciler.drivers.admin_page.page_map import Control, PageMap, Type
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Desired, Settings, Value


def normalised(page_map: PageMap, settings: Settings) -> Settings:
    """As the page gives them back."""
    controls = {one.setting: one for one in page_map.controls}
    return {name: _normal(controls.get(name), value) for name, value in settings.items()}


def _normal(control: Control | None, value: Value) -> Value:
    if control is None or isinstance(value, SecretRef):
        return value
    text = values.shown(control, value)
    return value if text is None else values.value(control, text)


def findings(desired: Desired, page_map: PageMap) -> Iterator[Finding]:
    for control in page_map.controls:
        if control.setting in desired.settings:
            yield from _of(desired, control, desired.settings[control.setting])


def _of(desired: Desired, control: Control, value: Value) -> Iterator[Finding]:
    secret = isinstance(value, SecretRef)
    if control.type is Type.PASSWORD and not secret and value is not None:
        what = f"{control.setting}: the page map has a password field for it, so it must be a reference"
        yield _error(desired, control, "literal-secret", what, f"{control.setting}: {{vault: path#key}}")
    elif secret and control.type is not Type.PASSWORD:
        what = (
            f"{control.setting}: a secret, but its field in the page map has type {control.type}, which would show it"
        )
        yield _error(desired, control, "secret-shown", what, "type: password, where the page has such a field")
    elif not secret and values.shown(control, value) is None:
        named = ", ".join(str(one) for one in control.choices.values())
        what = f"{control.setting}: {value} is not one of the page map's choices"
        yield _error(desired, control, "page-choice", what, f"take one of {named}, or add it to the page map")


def _error(desired: Desired, control: Control, rule: str, what: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule=rule,
        what=what,
        fix=fix,
        where=desired.place(control.setting),
        address=str(desired.address),
        field=control.setting,
    )
