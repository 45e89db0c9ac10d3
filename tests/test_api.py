"""The public face: what it names is there, and importing it costs next to nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from reconciler import api

HEAVY = ("click", "requests", "urllib3", "yaml", "jsonschema", "cryptography", "hvac", "msal", "deepdiff")


def test_every_name_is_there_and_sorted() -> None:
    assert [name for name in api.__all__ if not hasattr(api, name)] == []
    assert len(api.__all__) == len(set(api.__all__))


def test_it_names_all_that_it_imports_and_defines_nothing() -> None:
    body = ast.parse(Path(api.__file__).read_text(encoding="utf-8")).body
    imported = {name.asname or name.name for node in body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert imported - {"annotations"} == set(api.__all__)
    assert {type(node) for node in body} == {ast.Expr, ast.ImportFrom, ast.Assign}  # docstring, imports, __all__


def test_it_loads_no_library() -> None:
    script = f"import sys, reconciler.api; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
