"""A plan as Markdown: what it says, and that no text from a file or platform becomes more than text.

The judge is GitHub's own parser, which also shows what HTML would get through: it is asked not to hide any.
"""

from dataclasses import replace

import pytest
from support.github_html import HOSTILE, html
from support.plans import LOST, MAIN, NEW, SYNC, change, field, here, plan

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Change
from reconciler.model.difference import Moved, Part, Since
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Git, Plan, ZoneOpens
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Origin
from reconciler.model.source import Position
from reconciler.views.markdown import code, fenced, html_code, prose
from reconciler.views.plans import drift_markdown, header
from reconciler.views.plans import markdown as view
from reconciler.views.printable import visible


def hostile_plan(text: str) -> Plan:
    """The same plan for every text: it stands wherever a file or a platform can have put it."""
    position = Position(file=text, line=9, column=1)
    origin = Origin(position=position, through=text)
    told = {"rule": text, "what": text, "why": text, "fix": text, "address": text, "where": position}
    findings = tuple(
        Finding(severity=severity, **told) for severity in (Severity.RISK, Severity.WARNING, Severity.NOTE)
    )
    fields = (
        field(text, text, text, origin),
        field("list", (text,), (text, text), here(1)),
        field("password", text, None, origin, sensitive=True, version=text, why=text),
    )
    address = Address(environment="prod", target=text, resource=Resource(collection=text, key=text))
    mine = replace(change("prod/x:y", Action.UPDATE, *fields, position=position, unchanged=2), address=address)
    mine = replace(mine, risks=findings[:1], findings=findings[1:], moved_from=address)
    lost = replace(LOST, address=address, findings=(Finding(severity=Severity.ERROR, **told),))
    git = Git(commit=text, dirty=True)
    alike = (replace(mine, kind=text, address=replace(address, target=f"{text}{at}")) for at in range(5))
    alike = (replace(one, fields=(fields[0], fields[2])) for one in alike)  # both came through the same
    beside = (*findings, replace(findings[0], severity=Severity.ERROR))
    ref = SecretRef(store=text, path=text, key=text, zone=text)
    opens = ZoneOpens(zone=text, store_roles={text: text}, connection=(ref,), mail=(ref,))
    return plan(mine, *alike, lost, created_at=text, git=git, findings=beside, zones=(opens,))


def rendered(text: str) -> str:
    moved = [Moved(address=text, part=part, setting=text, before=text, after=text) for part in Part]
    since = Since(commit=text, moved=tuple(moved), same=3)
    beside = {"link": lambda _: "https://git.example.com/x/blob/0f3e#L9", "since": since}
    return view.text(hostile_plan(text), next_command=f"reconciler apply {text}", **beside)


TAME = html(rendered("tame"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text: str) -> None:
    found = html(rendered(text))
    assert found.tags == TAME.tags
    assert not {"img", "script"} & set(found.tags)
    assert found.tags.count("comment") == 1
    assert set(found.links) == {"https://git.example.com/x/blob/0f3e#L9"}
    assert "".join(visible(text).split()) in "".join(found.text.split())


def drifted(text: str) -> str:
    return drift_markdown.text(hostile_plan(text), link=lambda _: "https://git.example.com/x/blob/0f3e#L9")


DRIFTED = html(drifted("tame"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text_in_drift_too(text: str) -> None:
    found = html(drifted(text))
    assert found.tags == DRIFTED.tags
    assert not {"img", "script", "comment"} & set(found.tags)
    assert set(found.links) == {"https://git.example.com/x/blob/0f3e#L9"}
    words = set(found.words) - set(DRIFTED.words)
    assert not [word for word in words if any(sign in word for sign in "@#$`<>[]|*_~\\")]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_github_looks_for_after_parsing_stands_in_code(text: str) -> None:
    """Mentions, references to issues and commits, and emoji are found in the text of the HTML, but not in code."""
    words = set(html(rendered(text)).words) - set(TAME.words)
    assert not [word for word in words if any(sign in word for sign in "@#$`<>[]|*_~\\")]
    assert not [word for word in words if ":" in (bare := word.strip(",;.")) and bare.strip(":") != bare.rstrip(":")]
    assert not [word for word in words if len(word) > 6 and any(sign.isdigit() for sign in word)]


@pytest.mark.parametrize("text", [*HOSTILE, ""], ids=range(len(HOSTILE) + 1))
@pytest.mark.parametrize("written", [code, prose, html_code], ids=lambda one: one.__name__)
def test_each_way_for_foreign_text_keeps_a_cell_and_a_fold(text: str, written) -> None:
    cell = html(f"| a | b |\n|---|---|\n| {written(text)} | end |\n")
    fold = html(f"<details><summary>{html_code(text)}</summary>\n\n{written(text)}\n\n</details>\n")
    assert cell.tags.count("td") == 2
    assert [tag for tag in fold.tags if "details" in tag] == ["details", "/details"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_fence_ends_where_it_should(text: str) -> None:
    found = html("\n".join([*fenced(text), "", "end"]))
    assert found.tags == ["pre", "/pre", "p", "/p"]


WHOLE = """\
**Plan: 1 to create, 1 to update; 1 not readable; 2 in sync (dev, test: no changes). 1 risk.**

Read at `2026-11-20T10:44:00Z`, declared in commit `0123456789ab`.

| environment | create | update | in sync | not readable |
| :-- | --: | --: | --: | --: |
| `dev` |  |  | 1 |  |
| `test` |  |  | 1 |  |
| **`prod`** (protected) | 1 | 1 |  | 1 |

- **not readable: `prod/odc:stage`**: the API client lacks "View configurations" on stage Production (403)<br>\
fix: grant it in the portal under API clients
- **risk: `secret-to-new-host` at `prod/openspp:mail_servers[main]`, `environments/prod/openspp.yaml:9`**: \
this password has not been sent to `smtp.example.com` before<br>\
why: a new host with an unchanged credential is how credentials are stolen<br>\
fix: check the host, then apply with `--allow` secret-to-new-host

<details><summary><b>update</b> <code>prod/openspp&#58;mail_servers&#91;main&#93;</code> \
at <code>environments/prod/openspp.yaml&#58;9</code></summary>

| setting | change | from |
| :-- | :-- | :-- |
| `host` | `smtp-old.example.com` → `smtp.example.com` | relay submission, `environment.yaml:7` |
| `port` | `25` → `587` (changed on the platform) | relay submission, `environment.yaml:8` |
| `password` | `v3` → `v4`, rotated in Vault `2026-11-20` `08:44` UTC | `mail/prod/submission#password` |

11 settings unchanged.

</details>

<details><summary><b>create</b> <code>prod/openspp&#58;mail_servers&#91;bulk&#93;</code> \
at <code>environments/prod/openspp.yaml&#58;10</code></summary>

| setting | value | from |
| :-- | :-- | :-- |
| `host` | `bulk.example.net` | `openspp.yaml:10` |
| `password` | `v1` | `mail/prod/bulk#password` |
| `priority` | `20` | `openspp.yaml:10` |
| `from_filter` | `[news.example.com]` | `openspp.yaml:10` |

</details>

Apply with:

```sh
reconciler apply plan.json --allow secret-to-new-host
```
"""


def test_a_plan_with_one_of_everything() -> None:
    made = plan(*SYNC, MAIN, NEW, LOST, git=Git(commit="0123456789abcdef", dirty=False))
    hidden, _, shown = view.text(made, next_command="reconciler apply plan.json").partition("\n\n")
    assert (hidden, shown) == (header.written(made), WHOLE)


def test_nothing_to_do_has_no_folds_and_no_command() -> None:
    told = view.text(plan(*SYNC), next_command="reconciler apply plan.json")
    assert "\n\n**No changes; 2 in sync.**\n" in told
    assert "details" not in told
    assert "apply" not in told


@pytest.mark.parametrize("lost", [(LOST,), (LOST, replace(LOST, address=Address.parse("prod/odc:other")))])
def test_where_nothing_could_be_read_there_is_nothing_to_apply(lost: tuple[Change, ...]) -> None:
    told = view.text(plan(*lost, applyable=True), next_command="reconciler apply plan.json")
    assert f"\n\n**Cannot plan: {len(lost)} not readable.**\n" in told
    assert "Apply with" not in told
