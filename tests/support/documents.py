"""Whether a document is what its published schema says. Each schema is made into a validator once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.pipeline.validate import schemas
from reconciler.views import forms

SCHEMALESS = "output/ended"  # of a command that there is not


def faults(arguments: Sequence[str], document: Mapping[str, Any]) -> list[str]:
    """What is wrong with the JSON that these arguments have printed; each with its place."""
    checker = schemas.ours(schema(arguments))
    return [f"{'.'.join(map(str, one.absolute_path))}: {one.message}" for one in checker.iter_errors(document)]


def checked(pieces: Callable[..., Iterator[str]]) -> Callable[..., Iterator[str]]:
    """`forms.pieces`, which every command prints with, and fails where a document is not as its schema says."""

    def told(command: str, form: str, *given: Any, **beside: Any) -> Iterator[str]:
        said = list(pieces(command, form, *given, **beside))
        assert form != forms.JSON or faults(command.split(), json.loads("".join(said))) == []
        yield from said

    return told


def schema(arguments: Sequence[str]) -> str:
    """The name of its file below `schemas/`."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    special = (f"{command} {word.partition('=')[0]}" for word in arguments)
    command = next((row for row in special if row in forms.COMMANDS), command)
    return forms.COMMANDS[command].schema if command in forms.COMMANDS else SCHEMALESS
