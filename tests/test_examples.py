"""Everything that we show to users is valid, and every platform has something to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler import platforms
from reconciler.pipeline import declaration

TOP = Path(__file__).parents[1]
ROOTS = [TOP / "environments", *sorted((TOP / "examples").glob("*/environments"))]


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: str(root.relative_to(TOP)))
def test_what_we_show_is_valid(root: Path) -> None:
    judged = declaration.judged(root, base=root.parent, today="2026-11-20")
    assert (judged.landscape is not None, judged.findings) == (True, ())


def test_every_platform_has_an_example_a_schema_and_a_test() -> None:
    for kind in platforms.KINDS:
        schema = platforms.schema(kind)
        assert schema is not None
        assert schema.is_file()
        assert (TOP / "examples" / kind / "environments").is_dir()
        assert list((TOP / "tests/platforms").rglob(f"test_{kind.replace('-', '_')}.py"))
