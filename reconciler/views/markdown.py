"""Markdown that stays what it is, whatever stands in a file or on a platform.

Text from outside goes through `code`, `html_code` or `prose`, and through nothing else: none of it can end a table, a
fence or a fold, and none becomes a link, an image, a mention or HTML (GitHub Flavored Markdown).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from reconciler.views.printable import visible

# inside backticks all of it is text, in a table too
_PLAIN_CODE = re.compile(r"[^`|\\\s](?:[^`|\\]*[^`|\\\s])?")
# words that no filter of GitHub looks at: letters, short numbers, and signs that mean nothing there
_PLAIN_WORD = re.compile(r"[(\"']*(?:[^\W\d_]+(?:['’/-][^\W\d_]+)*|\d{1,6})[)\"'.,;:?!]*|[→…·–—-]")
_AFTER = ".,;:"  # what stands behind a name in a sentence
_HARMLESS = re.compile(r"[\w .,/+-]", re.ASCII)


def code(text: str) -> str:
    """As code: there GitHub looks for no mention and no link."""
    shown = visible(text)
    return f"`{shown}`" if _PLAIN_CODE.fullmatch(shown) else html_code(shown)


def html_code(text: str) -> str:
    """The same where Markdown is not read, as in a `<summary>`; every sign that could mean something by its number."""
    shown = visible(text)
    return f"<code>{''.join(one if _harmless(one) else f'&#{ord(one)};' for one in shown)}</code>"


def prose(text: str) -> str:
    """Words as words; whatever else it holds (names, addresses, settings) as code."""
    first, *others = visible(text).split() or [""]
    # "-" and "1." would begin a list
    return " ".join([_word(first) if first[:1].isalpha() else code(first), *map(_word, others)])


def _word(word: str) -> str:
    if _PLAIN_WORD.fullmatch(word):
        return word
    core = word.rstrip(_AFTER)
    return f"{code(core)}{word[len(core) :]}" if core else code(word)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> list[str]:
    """Cells are Markdown already. With `numbers` all columns but the first are."""
    marks = [":--", *(["--:" if numbers else ":--"] * (len(head) - 1))]
    return [f"| {' | '.join(row)} |" for row in (head, marks, *rows)]


def folded(summary: str, lines: Sequence[str]) -> list[str]:
    """`summary` is HTML, the lines are Markdown."""
    return [f"<details><summary>{summary}</summary>", "", *lines, "", "</details>"]


def fenced(text: str) -> list[str]:
    shown = visible(text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    return [f"{fence}sh", shown, fence]


def _harmless(sign: str) -> bool:
    return _HARMLESS.fullmatch(sign) is not None or sign.isalpha()
