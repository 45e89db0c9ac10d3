"""Comments for Bitbucket: no HTML, which is shown as text there, and otherwise what GitHub gets."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.github_html import HOSTILE, html
from support.plans import LOST, MAIN, NEW, SYNC, plan

from reconciler.model.address import Address, Resource
from reconciler.model.handshake import CheckResult, CheckStatus, Handshake, Level, Status
from reconciler.pipeline.review import host
from reconciler.views import forms
from reconciler.views.ci import bitbucket
from reconciler.views.handshakes import markdown as handshakes
from reconciler.views.markdown import code, html_code, prose
from reconciler.views.paper import Paper
from reconciler.views.plans import drift_markdown, header
from reconciler.views.plans import markdown as plans
from reconciler.views.printable import visible

CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
TAGS = {"p", "strong", "ul", "li", "br", "table", "thead", "tbody", "tr", "th", "td"}
PLAN = plan(*SYNC, MAIN, NEW, LOST)


def test_a_fold_is_a_bold_line_and_a_break_is_one_of_markdown() -> None:
    told = bitbucket.text(
        "<details><summary><b>update</b> <code>a&#58;b</code></summary>\n\n- **x**: y<br>fix: z\n\n</details>"
    )
    assert told == "**update `a:b`**\n\n- **x**: y  \n  fix: z\n"


def test_what_stands_in_code_or_a_fence_is_left_as_it_is() -> None:
    same = "`<br>` and `<code>x</code>`\n\n```sh\nreconciler apply '<br>'\n</details>\n```\n"
    assert bitbucket.text(same) == same


@pytest.mark.parametrize("made", [PLAN, plan(*SYNC), plan(LOST)], ids=["everything", "nothing to do", "unread"])
def test_no_html_is_left_outside_of_code(made: object) -> None:
    beside = {"next_command": "x", "since": None, "proof": None, "link": lambda _: None}
    beside |= {"limit": host.limit("bitbucket", {}), "html": host.shows_html("bitbucket", {})}
    told = forms.rendered("plan", "markdown", made, Paper(), **beside)
    assert not re.search(r"<[a-z/!]", CODE.sub("", told))
    assert header.read(told) == header.read(plans.text(made, next_command=None))  # type: ignore[arg-type]


@pytest.mark.parametrize("written", [code, prose, html_code], ids=lambda one: one.__name__)
def test_each_way_for_foreign_text_keeps_a_cell_and_a_summary(written) -> None:
    for text in HOSTILE:
        cell = html(bitbucket.text(f"| a | b |\n|---|---|\n| {written(text)} | end |\n"))
        fold = html(bitbucket.text(f"<details><summary>{html_code(text)}</summary>\n\n{written(text)}\n\n</details>\n"))
        assert (cell.tags.count("td"), fold.tags.count("p"), fold.tags.count("strong")) == (2, 2, 1), text
        assert (cell.links, fold.links) == ([], [])
        for found in (cell, fold):
            assert "".join(visible(text).split()) in "".join(found.text.split())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text: str) -> None:
    check = CheckResult(id=text, status=CheckStatus.FAIL, reason=text, evidence=text, advice=text)
    proof = [
        Handshake(relay=one, host=one, port=25, level=Level.TLS, status=Status.FAIL, steps=(), checks=(check,))
        for one in (text, "x")
    ]
    found = html(bitbucket.text(handshakes.text(proof)))
    assert {tag.lstrip("/") for tag in found.tags} <= TAGS
    assert found.links == []


@pytest.mark.parametrize("written", [plans.text, drift_markdown.text], ids=["plan", "drift"])
def test_it_stays_within_the_limit(written) -> None:
    many = plan(
        *(
            replace(MAIN, address=Address(environment="prod", target=f"`|`{at}", resource=Resource(collection="c")))
            for at in range(300)
        )
    )
    beside = {"next_command": None} if written is plans.text else {}
    told = bitbucket.text(written(many, limit=32_768, **beside))
    assert 0 < len(told.encode()) <= 32_768
