"""Several settings in one key of a file: `{host}:{port}`. To text and back, and one part changed among the others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from reconciler.drivers.textfile.format import Unwritable
from reconciler.model.text.scalar import Scalar, as_text

_PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a change says of one key: some of its parts. Called with what the file has, it gives what it shall have.

    A part that the change does not name stays as the file has it. `parts` holds None for one that goes. Raises
    Unwritable where the form needs a part that neither of them has.
    """

    key: str
    templates: Sequence[str]
    parts: Mapping[str, Scalar | None]

    def __call__(self, old: Scalar | None) -> Scalar | None:
        there = parsed(self.templates, old) or {}
        known = {name: value for name, value in {**there, **self.parts}.items() if value is not None}
        if not known:
            return None
        if (text := written(self.templates, known)) is None:
            form = self.templates[0]
            missing = ", ".join(name for name in placeholders(form) if name not in known)
            raise Unwritable(
                f"{self.key} holds {form} in one value, and {missing} is neither declared nor in the file",
                fix=f"declare {missing} too",
            )
        return text


def written(templates: Sequence[str], parts: Mapping[str, Scalar | None]) -> str | None:
    """By the template that has exactly these parts; None where there is none."""
    fitting = (template for template in templates if set(placeholders(template)) == parts.keys())
    template = next(fitting, None)
    return template and _PLACEHOLDER.sub(lambda match: as_text(parts[match[1]] or ""), template)


def parsed(templates: Sequence[str], text: Scalar | None) -> dict[str, str] | None:
    """The parts by the first template that fits; None for a text that none fits."""
    if text is None:
        return None
    found = (_pattern(template).fullmatch(as_text(text)) for template in templates)
    return next(
        (
            dict(zip(placeholders(template), match.groups(), strict=True))
            for template, match in zip(templates, found, strict=True)
            if match
        ),
        None,
    )


def placeholders(template: str) -> tuple[str, ...]:
    return tuple(_PLACEHOLDER.findall(template))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """No part holds what stands behind it in the template: else nobody could tell where it ends."""
    pieces = _PLACEHOLDER.split(template)
    pattern = re.escape(pieces[0])
    for behind in pieces[2::2]:
        until = '["\\\\]' if behind.startswith('"') else re.escape(behind)
        pattern += (f"((?:(?!{until}).)+)" if behind else "(.+)") + re.escape(behind)
    return re.compile(pattern, re.DOTALL)
