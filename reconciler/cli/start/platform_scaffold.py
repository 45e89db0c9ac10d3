"""The files of a new platform: a package of its own, or the same templates where they go in a checkout of reconciler.

Writes nothing.
"""

from __future__ import annotations

import keyword
import re
import sys
from importlib.resources import files
from pathlib import Path

from reconciler import platforms
from reconciler.errors import UsageError

_KIND = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# template → its place in a package
_PACKAGE = {
    "module.py.in": "@package@/@module@.py",
    "schema.json.in": "@package@/@kind@.schema.json",
    "package/init.py.in": "@package@/__init__.py",
    "package/py.typed": "@package@/py.typed",
    "package/test_contract.py.in": "tests/test_contract.py",
    "subject.py.in": "tests/@module@_subject.py",
    "test.py.in": "tests/test_@module@.py",
    "page.md.in": "docs/@kind@.md",
    "environments/reconciler.yaml": "examples/environments/reconciler.yaml",
    "environments/environment.yaml": "examples/environments/dev/environment.yaml",
    "environments/target.yaml.in": "examples/environments/dev/@kind@.yaml",
    "package/pyproject.toml.in": "pyproject.toml",
}
# template → its place in a checkout; the contract is tested there by tests/contract
_CHECKOUT = {
    "module.py.in": "reconciler/platforms/@module@.py",
    "schema.json.in": "schemas/platforms/@kind@.schema.json",
    "subject.py.in": "examples/lab/subjects/@module@.py",
    "test.py.in": "tests/platforms/test_@module@.py",
    "page.md.in": "docs/platforms/@kind@.md",
    "environments/reconciler.yaml": "examples/@kind@/environments/reconciler.yaml",
    "environments/environment.yaml": "examples/@kind@/environments/dev/environment.yaml",
    "environments/target.yaml.in": "examples/@kind@/environments/dev/@kind@.yaml",
}


def is_checkout(folder: Path) -> bool:
    return (folder / "reconciler/platforms/__init__.py").is_file() and (folder / "schemas/platforms").is_dir()


def contents(kind: str, *, checkout: bool) -> dict[str, str]:
    """Text by path, the platform itself first. Raises UsageError for what cannot be the name of a platform."""
    _check(kind)
    module = kind.replace("-", "_")
    words = {
        "@kind@": kind,
        "@module@": module,
        "@package@": "reconciler.platforms" if checkout else f"{module}_mail",
        "@Name@": "".join(part.capitalize() for part in kind.split("-")),
    }
    settings = _template(f"{'checkout' if checkout else 'package'}/settings.md.in").rstrip("\n")
    places = _CHECKOUT if checkout else _PACKAGE
    return {
        _filled(place, words): _filled(_template(name).replace("@settings@", settings), words)
        for name, place in places.items()
    }


def _check(kind: str) -> None:
    if not _KIND.fullmatch(kind):
        why = "it is used in YAML and as a module name: lower-case letters, digits, and hyphens between them"
        raise UsageError(f"--platform {kind}: not a valid platform name", why=why, fix="e.g. --platform acme")
    if kind in platforms.known():
        raise UsageError(f"--platform {kind}: a platform of this name exists already", fix="choose another name")
    module = kind.replace("-", "_")
    if keyword.iskeyword(module) or module in sys.stdlib_module_names:
        why = f"{module} is a Python keyword or a standard library module"
        raise UsageError(f"--platform {kind}: not a valid platform name", why=why, fix=f"e.g. --platform {kind}-mail")


def _template(name: str) -> str:
    return (files("reconciler") / "scaffold/platform").joinpath(*name.split("/")).read_text(encoding="utf-8")


def _filled(text: str, words: dict[str, str]) -> str:
    for token, word in words.items():
        text = text.replace(token, word)
    return text
