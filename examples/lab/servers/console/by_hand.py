"""Somebody who types a line of a work order, to the letter; a secret is looked up where its reference points."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.attestation import Line
from reconciler.model.secret import SecretRef

_BOXES = {"checked": True, "unchecked": False}


def typed(line: Line, environ: Mapping[str, str]) -> str | bool:
    """As the page then holds it."""
    if isinstance(line.value, SecretRef):
        return environ[line.value.path]
    text = "" if line.value is None else str(line.value)
    return _BOXES.get(text, text)
