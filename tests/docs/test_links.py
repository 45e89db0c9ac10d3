"""Every relative link of our pages leads to a file that is there, and every anchor to a heading of it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
FOLDERS = ("docs", "examples", "findings")
PAGES = sorted([*TOP.glob("*.md"), *(page for name in FOLDERS for page in (TOP / name).rglob("*.md"))])
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+(?:\([^()]*\))?)\)")


def links(page: Path) -> list[str]:
    text = _CODE.sub("``", _FENCE.sub("", page.read_text("utf-8")))
    return [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]


@cache
def anchors(page: Path) -> frozenset[str]:
    """As GitHub makes them: small letters, dashes for spaces, no other signs; the second of a name gets -1."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    seen: Counter[str] = Counter()
    found = set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
    for title in re.findall(r"^#{1,6} +(.+?) *#*$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(found)


def broken(page: Path) -> list[str]:
    wrong = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        there = (page.parent / path) if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_broken_link_and_a_broken_anchor_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One\n\n## Two `words`, (three)\n\n## One\n", encoding="utf-8")
    good = ["there.md", "there.md#two-words-three", "there.md#one-1", "#here"]
    wrong = ["gone.md", "there.md#three", "#nowhere"]
    lines = [f"[a [b]]({link})" for link in [*good, *wrong]]
    page = tmp_path / "page.md"
    page.write_text(
        "\n\n".join(["# Here", *lines, "`[code](gone.md)`", "```\n[fence](gone.md)\n```"]), encoding="utf-8"
    )
    assert broken(page) == wrong


def test_every_page_but_decisions_is_in_the_site() -> None:
    listed = set(re.findall(r"^\s+- (\S+\.md)$", (TOP / "mkdocs.yml").read_text("utf-8"), re.MULTILINE))
    pages = {str(page.relative_to(TOP / "docs")) for page in (TOP / "docs").rglob("*.md")}
    assert {page for page in pages if not page.startswith("decisions/")} == listed - {"index.md"}
