"""What the application behind a preset cannot do, or does not tell, as the declaration alone shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Desired, Settings, Value
from reconciler.platforms.file.layout import Layout


def findings(desired: Desired, there: Layout) -> Iterator[Finding]:
    declared = {**desired.settings, **desired.handshake}  # before words became one in the file
    for limit in there.limits:
        if _fits(limit.when, declared) and not (limit.unless and _fits(limit.unless, declared)):
            setting = next(iter(limit.when))
            yield _finding(desired, limit.severity, limit.rule, setting, limit.what, limit.why, limit.fix)
    yield from _of_login(desired, there)


def _of_login(desired: Desired, there: Layout) -> Iterator[Finding]:
    """Half a login is none: the application sends without one, and says nothing."""
    said = desired.settings
    if there.login == "both" and said.get("username") is not None and said.get("password", "") is None:
        what = "username without a password: the application sends without a login, and no word"
        why, fix = "it logs in with both only", "declare both, or clear both with null"
        yield _finding(desired, Severity.ERROR, "half-a-login", "username", what, why, fix)


def _finding(desired: Desired, severity: Severity, rule: str, setting: str, what: str, why: str, fix: str) -> Finding:
    origin = desired.origin.get(setting)
    return Finding(
        severity=severity,
        rule=rule,
        what=what,
        why=why,
        fix=fix,
        address=str(desired.address),
        field=setting,
        where=origin.position if origin else desired.position,
    )


def _fits(wanted: Mapping[str, Any], declared: Settings) -> bool:
    return all(_is(value, declared.get(name)) for name, value in wanted.items())


def _is(wanted: Any, value: Value) -> bool:
    if isinstance(wanted, list):
        return value in wanted
    if isinstance(wanted, str) and wanted.startswith("/"):
        return isinstance(value, str) and bool(re.search(wanted[1:-1], value))
    return bool(value == wanted)
