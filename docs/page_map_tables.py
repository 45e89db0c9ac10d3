"""Writes the table of each shipped page map into the pages of docs/platforms, between two marks.

python docs/page_map_tables.py            `<!-- page map NAME -->` is where the table of maps/NAME.yaml goes
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP)]

from reconciler import platforms  # noqa: E402
from reconciler.drivers.admin_page import declared  # noqa: E402
from reconciler.drivers.admin_page.page_map import Control, Page, PageMap  # noqa: E402

PAGES = Path(__file__).parent / "platforms"
_PLACE = re.compile(r"<!-- page map (\S+) -->\n(?:.*?\n<!-- /page map -->\n)?", re.DOTALL)


def main() -> int:
    for kind in platforms.KINDS:
        page = PAGES / f"{kind}.md"
        page.write_text(with_tables(page.read_text("utf-8"), kind), "utf-8")
    return 0


def with_tables(page: str, kind: str) -> str:
    """The page with the tables of its marks renewed."""
    folder = files(f"reconciler.platforms.{kind.replace('-', '_')}") / "maps"

    def renewed(mark: re.Match[str]) -> str:
        found = declared.mapped({}, folder / f"{mark[1]}.yaml")
        return f"<!-- page map {mark[1]} -->\n{table(found)}\n<!-- /page map -->\n"

    return _PLACE.sub(renewed, page)


def table(page_map: PageMap) -> str:
    lines = ["| page | label | type | setting | shown with |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*lines, *_rows(page_map)])


def _rows(page_map: PageMap) -> Iterator[str]:
    for page in page_map.pages:
        for control in page.controls:
            cells = (_named(page), control.label, control.type.value, f"`{control.setting}`", _when(control))
            yield f"| {' | '.join(cells)} |"


def _named(page: Page) -> str:
    return page.heading or page.name


def _when(control: Control) -> str:
    words = (f"`{name}`: {' or '.join(_word(one) for one in wanted)}" for name, wanted in control.when.items())
    return ", ".join(words)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.exit(main())
