"""Reads a landscape's files as YAML: plain data, and the place of every key and value. Knows no schema."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reconciler.model.finding import Finding, Severity
from reconciler.model.source import Document, Position
from reconciler.pipeline.load import tree, tree_messages, yaml_events
from reconciler.pipeline.load.tree import Source
from reconciler.pipeline.load.yaml_messages import Problem

MAX_BYTES: Final = 1024 * 1024
# Windows has neither a pipe in the place of a file nor a flag for it, and needs to be told that bytes are bytes
_READ: Final = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFault(Finding):
    """A fault of the YAML itself: what a schema makes of the same place is only its consequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What could be read, and everything that could not; `files` counts the YAML files that are there. `checked` is
    what the schemas say of files, by name, where somebody has asked already."""

    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]
    files: int
    checked: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)


def documents(root: Path, base: Path = Path()) -> Loaded:
    """Reads every file below `root`. A document with small faults is among `documents` as well as in `findings`.

    `base` is where relative paths in them start.
    """
    items = tuple(tree.found(root))
    return put_together(items, (read(one, str(base)) for one in items if isinstance(one, Source)))


def put_together(items: Iterable[tree.Found], each: Iterator[tuple[Document | None, Iterable[Finding]]]) -> Loaded:
    """`each` is what was read of each source among the items, in their order."""
    whole: list[Document] = []
    findings: list[Finding] = []
    files: set[str] = set()
    for item in items:
        if isinstance(item, Finding):
            findings.append(item)
            continue
        files.add(item.file)
        if isinstance(item, tree.Misfit):
            findings.append(item.finding)
            continue
        document, problems = next(each)
        findings.extend(problems)
        if document is not None:
            whole.append(document)
    return Loaded(documents=tuple(whole), findings=tuple(findings), files=len(files))


def read(source: Source, base: str) -> tuple[Document | None, Iterable[Finding]]:
    """One file, and what is wrong with it as YAML; None where nothing of it can be used."""
    content = _content(source)
    if isinstance(content, Finding):
        return None, (content,)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, (tree_messages.not_utf8(source.file, content, error.start),)
    parsed = yaml_events.parsed(text)
    findings = tuple(_finding(problem, source.file) for problem in parsed.problems)
    if not parsed.whole:
        return None, findings
    document = Document(
        kind=source.kind,
        file=source.file,
        environment=source.environment,
        name=source.name,
        data=parsed.data,
        places=parsed.places,
        base=base,
    )
    return document, findings


def _content(source: Source) -> bytes | Finding:
    """Never waits: a pipe that stands where a file should be is not opened for reading."""
    try:
        descriptor = os.open(source.path, _READ)
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # it is open already
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return tree_messages.not_regular(source.file)
            content = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        return tree_messages.not_regular(source.file)
    except OSError as error:
        return tree_messages.unreadable(source.file, error)
    return tree_messages.too_large(source.file) if len(content) > MAX_BYTES else content


def _finding(problem: Problem, file: str) -> YamlFault:
    return YamlFault(
        severity=Severity.ERROR,
        rule=problem.rule,
        what=problem.what,
        why=problem.why,
        fix=problem.fix,
        where=Position(file=file, line=problem.line, column=problem.column),
    )
