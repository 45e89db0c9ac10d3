"""Makes the documentation site: a copy of docs/ whose links out of it lead to the repository. Follows built links.

python docs/site.py stage              into .site/docs, which mkdocs.yml reads
python docs/site.py check FOLDER       every link within the built pages leads somewhere

The repository is what GitHub Actions says (GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_SHA); elsewhere such a link is
plain text.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

TOP = Path(__file__).resolve().parents[1]
DOCS, STAGED = TOP / "docs", TOP / ".site/docs"
# not into an image, a fence or a span of code: those begin with other signs
_HEADING = re.compile(r"^##+ ([A-Za-z0-9-]+)(?::.*)?$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]`]|`[^`]*`|\[[^\]]*\])*)\]\((?![a-z]+:|#)([^()\s#]+)(#[^()\s]*)?\)")


def stage() -> None:
    shutil.rmtree(STAGED, ignore_errors=True)
    STAGED.mkdir(parents=True)
    for file in sorted(DOCS.rglob("*")):
        if file.suffix in (".md", ".svg", ".png") and "__pycache__" not in file.parts:
            target = STAGED / file.relative_to(DOCS)
            target.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix == ".md":
                target.write_text(within(file, file.read_text("utf-8")), encoding="utf-8")
            else:
                shutil.copy(file, target)
    import site_rules  # needs the package; to follow links does not

    for path, text in site_rules.pages():
        (STAGED / path).parent.mkdir(exist_ok=True)
        (STAGED / path).write_text(text, encoding="utf-8")
    for name in ("rules", "checks"):
        page = STAGED / f"{name}.md"
        page.write_text(_led_to_each(page.read_text("utf-8"), name), encoding="utf-8")
    readme = (TOP / "README.md").read_text("utf-8").replace("](docs/", "](").replace('src="docs/', 'src="')
    (STAGED / "index.md").write_text(within(DOCS / "index.md", readme, home=TOP), encoding="utf-8")


def _led_to_each(text: str, folder: str) -> str:
    """With a link below each heading that has a page of its own."""

    def led(heading: re.Match[str]) -> str:
        there = f"{folder}/{heading[1]}.md"
        return f"{heading[0]}\n\n[{heading[1]}]({there})" if (STAGED / there).is_file() else heading[0]

    return _HEADING.sub(led, text)


def within(page: Path, text: str, home: Path | None = None) -> str:
    """The text with links that stay in docs/ as they are, and the others to the repository."""

    def led(link: re.Match[str]) -> str:
        label, path, anchor = link[1], link[2], link[3] or ""
        if (page.parent / path).resolve().is_relative_to(DOCS) and (page.parent / path).is_file():
            return link[0]
        if (base := _repository()) is None:
            return label
        there = ((home or page.parent) / path).resolve().relative_to(TOP)
        return f"[{label}]({base}/{there}{anchor})"

    return _LINK.sub(led, text)


def _repository() -> str | None:
    said = [os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "SHA")]
    return f"{said[0]}/{said[1]}/blob/{said[2]}" if all(said) else None


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names |= {value for name in ("id", "name") if (value := given.get(name))}
        self.links += [value for name in ("href", "src") if (value := given.get(name))]


def broken(site: Path) -> Iterator[str]:
    """Links within the site that lead nowhere; those to other hosts are nobody's here."""
    pages = {file.resolve(): _Page(file.read_text("utf-8")) for file in site.rglob("*.html")}
    for file, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or file.name == "404.html":
                continue
            there = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            there = there / "index.html" if there.is_dir() else there
            anchor = unquote(parts.fragment)
            lost = there in pages and anchor and not anchor.startswith("__") and anchor not in pages[there].names
            if not there.exists() or lost:
                yield f"{file.relative_to(site.resolve())}: {link}"


def main() -> int:
    if sys.argv[1:] == ["stage"]:
        stage()
        return 0
    wrong = list(broken(Path(sys.argv[2])))
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
