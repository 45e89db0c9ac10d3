"""Our Markdown as Bitbucket reads it, which shows HTML as text: no folds, no hidden comment, no `<br>`, no `<code>`.

Text from outside stands in code only (`views.markdown`), so what looks like a tag of ours outside of code is one.
The result is never longer than what it was made from, but for one byte.
https://confluence.atlassian.com/bitbucketserver/markdown-syntax-guide-776639995.html
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_FENCE = re.compile(r"`{3,}")
_HIDDEN = re.compile(r"<!-- (.*) -->")
_SUMMARY = re.compile(r"<details><summary>(.*)</summary>")
_TOKEN = re.compile(r"(`[^`]*`)|<code>(.*?)</code>|<br>|</?b>")


def text(markdown: str) -> str:
    return "\n".join(_lines(markdown.split("\n")))


def _lines(lines: list[str]) -> Iterator[str]:
    fence = ""
    for line in lines:
        begins = _FENCE.match(line)
        if fence or begins:
            fence = "" if fence == line else fence or (begins[0] if begins else "")
            yield line
        elif (hidden := _HIDDEN.fullmatch(line)) is not None:
            yield f"[//]: # ({hidden[1]})"  # a link that nobody uses, and nobody sees
        elif (summary := _SUMMARY.fullmatch(line)) is not None:
            yield f"**{_inline(summary[1], bold='', line_break=' ')}**"
        elif line != "</details>":
            in_table = line.startswith("|")
            yield _inline(line, bold="**", line_break="; " if in_table else "  \n  ", in_table=in_table)


def _inline(line: str, *, bold: str, line_break: str, in_table: bool = False) -> str:
    def shown(token: re.Match[str]) -> str:
        if token[1]:
            return token[1]
        if token[2] is not None:
            return _code(html.unescape(token[2]), in_table=in_table)
        return line_break if token[0] == "<br>" else bold

    return _TOKEN.sub(shown, line)


def _code(content: str, *, in_table: bool) -> str:
    """With more backticks around than there are inside."""
    if in_table:
        content = content.replace("|", "\\|")
    longest = max(map(len, re.findall("`+", content)), default=0)
    fence = "`" * (longest + 1)
    padded = f" {content} " if longest or not content.strip() or content.startswith(" ") else content
    return f"{fence}{padded}{fence}"
