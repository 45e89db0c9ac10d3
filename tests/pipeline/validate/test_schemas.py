"""Our validators are jsonschema with shortcuts: they must find what jsonschema alone finds, at the same places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from reconciler import platforms
from reconciler.model.source import Document, DocumentKind
from reconciler.pipeline.load import documents as load
from reconciler.pipeline.validate import schemas

ROOTS = sorted(file.parent for folder in ("tests/cases", "examples") for file in Path(folder).rglob("reconciler.yaml"))
NUMBERS = {
    "type": "object",
    "properties": {"one": {"type": "object", "properties": {"number": {"type": "integer"}}}},
    "additionalProperties": {"type": "object", "properties": {"number": {"type": "integer"}}},
}
WHOLE = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)


def validator(document: Document) -> Any:
    if document.kind is not DocumentKind.TARGET:
        return schemas.ours(str(document.kind))
    kind = document.data.get("platform") if isinstance(document.data, dict) else None
    file = platforms.schema(kind) if isinstance(kind, str) else None
    return file and schemas.of_platform(file)


def found(validator: Any, data: Any) -> list[str]:
    errors = validator.iter_errors(data)
    return sorted(f"{list(error.absolute_path)} {list(error.absolute_schema_path)}" for error in errors)


@pytest.mark.parametrize("root", ROOTS, ids=str)
def test_finds_what_jsonschema_finds(root: Path) -> None:
    for document in load.documents(root).documents:
        if ours := validator(document):
            # `$` and integers are the two things that we read in another way, on purpose
            plain = extend(Draft202012Validator, {"pattern": ours.VALIDATORS["pattern"]}, type_checker=WHOLE)
            expected = found(plain(ours.schema), document.data)
            assert found(ours, document.data) == expected
            assert found(ours, document.data) == expected  # and when it has seen it all before


@pytest.mark.parametrize("wrong", ["1", True, 1.5, 1.0, None], ids=repr)
def test_a_value_that_looks_like_a_valid_one_is_still_wrong(wrong: object) -> None:
    checks = schemas.checks(NUMBERS, NUMBERS, folder="")
    for name in ("one", "other"):
        assert checks.is_valid({name: {"number": 1}})

        assert found(checks, {name: {"number": wrong}}) == found(
            extend(Draft202012Validator, {}, type_checker=WHOLE)(NUMBERS), {name: {"number": wrong}}
        )
        assert not checks.is_valid({name: {"number": wrong}})
