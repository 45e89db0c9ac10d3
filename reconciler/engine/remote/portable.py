"""A unit as it can be carried out on another machine: CA files by their text, nothing of ours by its path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from reconciler.engine.envelope import ca_files
from reconciler.errors import EngineError
from reconciler.model.work.proofs import ProveUnit
from reconciler.model.work.reads import ReadUnit, VersionsUnit
from reconciler.model.work.settles import SettleUnit
from reconciler.model.work.writes import WriteUnit
from reconciler.pipeline.resolve import paths

Unit = TypeVar("Unit", ReadUnit, VersionsUnit, ProveUnit, WriteUnit, SettleUnit)
LARGEST = 1024 * 1024  # bytes; the CAs of a whole system take 220,000


class CaFileMissing(EngineError):
    """A CA file that a unit elsewhere needs cannot be read here."""

    rule = "ca-file-missing"


class Portable(NamedTuple, Generic[Unit]):
    """`files` are the texts of its CA files by their SHA-256."""

    unit: Unit
    files: Mapping[str, str]


def portable(unit: Unit) -> Portable[Unit]:
    """Other paths are those of the zone's machine already. Raises CaFileMissing."""
    files: dict[str, str] = {}

    def change(key: str, path: str) -> str:
        if key != paths.CA_FILE or ca_files.digest_in(path) is not None:
            return path
        text = _text(path)
        files[ca_files.digest(text)] = text
        return ca_files.named(ca_files.digest(text))

    return Portable(_without_notes(paths.of_unit(unit, change)), files)


def _without_notes(unit: Unit) -> Unit:
    """They are a folder of ours."""
    if isinstance(unit, ReadUnit):
        return replace(unit, specs=tuple(replace(spec, notes=None) for spec in unit.specs))
    if isinstance(unit, WriteUnit):
        return replace(unit, targets=tuple(replace(one, spec=replace(one.spec, notes=None)) for one in unit.targets))
    if isinstance(unit, SettleUnit):
        return replace(unit, spec=replace(unit.spec, notes=None))
    return unit


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise CaFileMissing(f"ca_file: {path} cannot be read", why=error.strerror, fix=_FIX) from None
    except UnicodeDecodeError:
        raise CaFileMissing(f"ca_file: {path} is not text", why="PEM is", fix=_FIX) from None
    if len(content) > LARGEST:
        raise CaFileMissing(f"ca_file: {path} is larger than {LARGEST} bytes", fix=_FIX)
    return text


_FIX = "put the CA certificates (PEM) there: their text is sent to the zone, where the connection is made"
