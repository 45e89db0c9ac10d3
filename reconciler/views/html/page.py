"""The frame of a page: light and dark, wide and narrow, on a screen and on paper."""

from __future__ import annotations

import base64
import hashlib

from reconciler.views import printable
from reconciler.views.html.markup import BREAK, Html, element, joined, text
from reconciler.views.printable import Printable

# no picture, no font, no address, and of style and script what this page was made with: should anything ever get past
# the escaping, a browser neither loads nor runs it
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'"
_STYLE = Html("""
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --soft: #57606a; --line: #d0d7de; --card: #f6f8fa;
  --ok: #116329; --warn: #7d4e00; --fail: #a40e26; --open: #5b4ba8; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --soft: #9ea7b3;
  --line: #30363d; --card: #161b22; --ok: #3fb950; --warn: #d29922; --fail: #ff7b72; --open: #b9a8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 0; } p { margin: .25rem 0; } .soft { color: var(--soft); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .925rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: normal; } details td:last-child { overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
article { border: 1px solid var(--line); border-radius: .5rem; background: var(--card); padding: 1rem;
  margin: 1rem 0; break-inside: avoid; }
article > header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .6rem 1.25rem;
  margin: .9rem 0 0; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; }
.mark { font-weight: 600; white-space: nowrap; } .mark.ok { color: var(--ok); } .mark.warn { color: var(--warn); }
.mark.fail { color: var(--fail); } .mark.inconclusive { color: var(--open); } .mark.skipped { color: var(--soft); }
.finding { border-left: .25rem solid var(--line); padding-left: .75rem; margin: .9rem 0; }
.finding.fail { border-color: var(--fail); } .finding.warn { border-color: var(--warn); }
.finding.inconclusive { border-color: var(--open); }
pre { margin: .35rem 0; padding: .5rem; background: var(--paper); border: 1px solid var(--line); border-radius: .25rem;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
summary { cursor: pointer; margin-top: .75rem; color: var(--soft); } a { color: inherit; }
@media print { :root { color-scheme: light; } details { display: none; } }
""")


def page(title: str, *body: str) -> Printable:
    """The whole file, where all of it is its main part."""
    return framed(title, element("main", *body))


def framed(title: str, *body: str, style: Html | None = None, script: Html | None = None) -> Printable:
    """The whole file, of a `body` with landmarks of its own; `style` is beside the usual one."""
    style = Html(_STYLE + (style or ""))
    head = (
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">'),
        element("title", title),
        Html(f"<style>{style}</style>"),
    )
    run = [Html(f"<script>{script}</script>")] if script else []
    whole = element("html", element("head", *head), BREAK, element("body", *body, *run), lang="en")
    return printable.foreign(f"<!doctype html>\n{whole}\n")


def _policy(style: Html, script: Html | None) -> str:
    allowed = f"{_POLICY}; style-src '{_digest(style)}'"
    return f"{allowed}; script-src '{_digest(script)}'" if script else allowed


def _digest(content: Html) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def heading(title: str, below: str) -> Html:
    return joined((element("h1", text(title)), element("p", below, class_="soft"), BREAK))
