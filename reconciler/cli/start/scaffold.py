"""The files of a new repository: which there are, and what stands in each. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from reconciler import __version__, platforms
from reconciler.cli.start import editor_schemas
from reconciler.model.finding import Finding
from reconciler.pipeline import guard

CI = ("github", "gitlab", "azure", "jenkins", "none")
LANDSCAPE = "environments/"
SCHEMAS = "schemas/"
_NOT_FOR_EDITORS = ("plan.schema.json", "output/")  # they describe what we print
# where a file of the package goes whose name would hide it, or mean something, in the package itself
_PLACES: Mapping[str, str] = {
    "common/gitignore": ".gitignore",
    "github/plan.yml": ".github/workflows/plan.yml",
    "github/apply.yml": ".github/workflows/apply.yml",
    "github/drift.yml": ".github/workflows/drift.yml",
    "gitlab/gitlab-ci.yml": ".gitlab-ci.yml",
    "azure/azure-pipelines.yml": "azure-pipelines.yml",
    "jenkins/Jenkinsfile": "Jenkinsfile",
}


def contents(ci: str) -> dict[str, str]:
    """Text by path, those first that people write in."""
    templates = files("reconciler") / "scaffold"
    found: dict[str, str] = {}
    for folder in ("common", *([] if ci == "none" else [ci])):
        for path, file in _below(templates / folder, f"{folder}/"):
            text = file.read_text(encoding="utf-8")
            found[_PLACES.get(path, path.removeprefix(f"{folder}/"))] = _filled(text)
    found[".vscode/settings.json"] = _settings()
    found[".vscode/extensions.json"] = f"{json.dumps({'recommendations': ['redhat.vscode-yaml']}, indent=2)}\n"
    return dict(sorted(found.items(), key=lambda item: not item[0].startswith(LANDSCAPE))) | _schemas()


def _filled(text: str) -> str:
    return text.replace("{version}", __version__).replace("{kinds}", ", ".join(platforms.known()))


def _schemas() -> dict[str, str]:
    """Ours, and those of installed packages: beside the files that name them, so that an editor needs no network."""
    found = {
        path: json.loads(file.read_text(encoding="utf-8"))
        for path, file in _below(platforms.schemas(), "")
        if not path.startswith(_NOT_FOR_EDITORS)
    }
    for name in platforms.known():
        kind = platforms.kind(name)
        schema = guard.answer_or_finding(kind, partial(platforms.schema, kind))
        if schema is not None and not isinstance(schema, Finding):  # a package that cannot be loaded brings none
            found.setdefault(f"platforms/{kind}.schema.json", json.loads(schema.read_text(encoding="utf-8")))
    found[editor_schemas.TARGET] = _target(found)
    return {f"{SCHEMAS}{path}": editor_schemas.written(schema) for path, schema in found.items()}


def _target(schemas: Mapping[str, Any]) -> dict[str, Any]:
    kinds: dict[str, list[str]] = {}
    for name in platforms.known():
        if f"platforms/{platforms.kind(name)}.schema.json" in schemas:
            kinds.setdefault(platforms.kind(name), []).append(name)
    return editor_schemas.target(kinds, {kind: _title(schemas[f"platforms/{kind}.schema.json"]) for kind in kinds})


def _title(schema: Mapping[str, Any]) -> str:
    """What the platform is, without the words that all of them begin with."""
    return str(schema.get("title", "")).rpartition(": ")[2]


def _settings() -> str:
    """Every file below an environment is a target but one; a file with a schema in its first line has that one."""
    by_file = {
        f"{SCHEMAS}reconciler.schema.json": f"{LANDSCAPE}reconciler.yaml",
        f"{SCHEMAS}environment.schema.json": f"{LANDSCAPE}*/environment.yaml",
        f"{SCHEMAS}{editor_schemas.TARGET}": [f"{LANDSCAPE}*/*.yaml", f"!{LANDSCAPE}*/environment.yaml"],
    }
    content = {"yaml.schemas": by_file, "yaml.yamlVersion": "1.2", "files.associations": {"*.yaml.example": "yaml"}}
    return f"{json.dumps(content, indent=2)}\n"


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for item in sorted(folder.iterdir(), key=lambda one: one.name):
        if item.is_dir():
            yield from _below(item, f"{prefix}{item.name}/")
        else:
            yield f"{prefix}{item.name}", item
