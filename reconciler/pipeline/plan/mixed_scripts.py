"""Host names whose punycode mixes alphabets that look alike: `xn--` hides that an `a` is a Cyrillic one. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Desired

_FIELDS = ("host", "oauth2.token_url", "oauth2.authority_host")
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})


def risks(wanted: Desired) -> Iterator[Finding]:
    """One for each such name to which a login is sent."""
    for field in _FIELDS:
        name = wanted.settings.get(field)
        if isinstance(name, str) and "xn--" in name.lower() and (label := next(_mixed(name.lower()), None)):
            yield Finding(
                severity=Severity.RISK,
                rule="mixed-scripts",
                address=str(wanted.address),
                field=field,
                where=wanted.place(field),
                what=f"{field} {name}: {label} mixes letters of different alphabets that look alike",
                why="names like this are made to be taken for another one",
                fix=f"check {field} with who runs it, then apply with --allow mixed-scripts",
            )


def _mixed(name: str) -> Iterator[str]:
    import unicodedata

    for label in name.replace("/", ".").replace(":", ".").split("."):
        if not label.startswith("xn--"):
            continue
        try:
            letters = label.removeprefix("xn--").encode().decode("punycode")
        except UnicodeError:
            continue
        scripts = {unicodedata.name(one, "?").partition(" ")[0] for one in letters if one.isalpha()}
        if len(scripts & _ALIKE) > 1:
            yield label
