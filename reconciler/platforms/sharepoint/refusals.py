"""What the farm would refuse, or what would leave mail without a login: told in the plan, from a reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.change import Change, FieldChange
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.settings import Present, Reading
from reconciler.platforms.sharepoint.versions import SINCE

LACKS, PRODUCT, CLEARS = "lacks", "product", "clears"  # what a reader puts beside the settings


def refusals(changes: Sequence[Change], reading: Reading) -> Iterator[Finding]:
    for change in changes:
        live = reading.live(change.address.resource)
        if isinstance(live, Present):
            fields = {one.field: one for one in change.fields}
            yield from _lacking(change, fields, live)
            yield from _half_a_login(change, fields, live)
    yield from _other_passwords(changes, reading)


def _lacking(change: Change, fields: Mapping[str, FieldChange], live: Present) -> Iterator[Finding]:
    lacks = live.beside.get(LACKS, ())
    missing = [field for field in fields if isinstance(lacks, tuple) and field in lacks]
    clears = fields.get("host")
    if clears is not None and clears.after is None and live.beside.get(CLEARS) is not True:
        missing.append("host")
    for field in missing:
        what = "the mail server cannot be cleared" if field == "host" else f"{field} is not a setting"
        yield _error(
            change,
            "not-in-this-version",
            field,
            f"{what} of {live.beside.get(PRODUCT)}",
            f"the farm's own Set-SPWebApplication has no place for it; {SINCE[field]} has",
            "leave it out here, or upgrade the farm",
        )


def _half_a_login(change: Change, fields: Mapping[str, FieldChange], live: Present) -> Iterator[Finding]:
    """SharePoint takes user and password together; another user can have the stored one where there is one."""
    login = next((fields[name] for name in ("username", "auth") if name in fields), None)
    wanted = login is not None and login.after not in (None, "none")
    if login is not None and wanted and "password" not in fields and live.settings.get("username") is None:
        yield _error(
            change,
            "password-needed",
            login.field,
            f"{login.field} without a password",
            "SharePoint stores user and password together, and has none yet",
            "declare username and password",
        )


def _other_passwords(changes: Sequence[Change], reading: Reading) -> Iterator[Finding]:
    """A new key makes every stored password unreadable until it is saved again."""
    written = {one.address.resource for one in changes if any(field.field == "password" for field in one.fields)}
    logging_in = {
        resource
        for resource, live in reading.resources.items()
        if isinstance(live, Present) and live.settings.get("username") is not None
    }
    for change in changes:
        keyed = any(field.field == "credential_key" for field in change.fields)
        left = sorted(str(one) for one in (logging_in | {change.address.resource}) - written)
        if keyed and left:
            yield _error(
                change,
                "passwords-would-be-lost",
                "credential_key",
                f"a new key, and the passwords of {', '.join(left)} would not be saved again",
                "what the former key encrypted cannot be read with the new one, so these would send anonymously",
                "declare these passwords, with this same key beside each",
            )


def _error(change: Change, rule: str, field: str, what: str, why: str, fix: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        holds=Holds.UNTIL_DECIDED,
        rule=rule,
        address=str(change.address),
        field=field,
        what=what,
        why=why,
        fix=fix,
    )
