"""Texts that would break out of a comment, and what GitHub's own parser makes of a comment.

It shows what HTML would get through: it is asked not to hide any.
"""

from __future__ import annotations

from html.parser import HTMLParser

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

HOSTILE = (
    "`x` ``y``",
    "a | b || c",
    "</details></summary><script>alert(1)</script>",
    "@team and @org/team, me@example.com",
    "one\n\n# two\n- three\r\n| four |",
    "<!-- hidden",
    "--> shown",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "https://evil.example/ www.evil.example ftp://evil.example",
    "#1 GH-2 org/repo#3 0123456789abcdef0123456789abcdef01234567",
    "```sh\nrm -rf /\n```",
    "~~~\n~~~~",
    "**bold** __bold__ *it* _it_ ~~gone~~",
    "&lt;b&gt; &#64;team &amp;",
    "\\` \\| \\",
    "$`x`$ $$y$$ :tada:",
    "\x1b[31mred\x1b[0m \u202ecba\u202c \u2028 \ud800",
    "[x]: https://evil.example 'title'",
    "[^1] [^1]: note",
    "    four spaces",
    "<a href=x>y</a> <https://evil.example> <me@example.com>",
    "- [ ] task\t1. one",
    "|:--|--:|",
    "'\"><img src=x onerror=alert(1)>",
    "1. one",
    "`````",
    "* * *",
    " ",
)


class Html(HTMLParser):
    """Tags in their order, texts outside code, and all of the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self._code = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag == "code"
        self.tags += [] if tag == "code" else [tag]
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"
        self.tags += [] if tag == "code" else [f"/{tag}"]

    def handle_data(self, data: str) -> None:
        self.text += data
        self.words += [] if self._code else data.split()

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")


def html(markdown: str) -> Html:
    return Html(github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))
