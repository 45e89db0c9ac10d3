"""A comment fits into the bytes of its host, whatever is in the plan, and says what it leaves out."""

from __future__ import annotations

import re
from dataclasses import replace
from time import process_time

import pytest
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from support.plans import LOST, MAIN, RISK, SYNC, at, change, field, here, plan, relay

from reconciler.model.change import Action, Change
from reconciler.model.difference import Moved, Part, Since
from reconciler.model.finding import Finding, Severity
from reconciler.model.plan import Git, Plan, Stage
from reconciler.pipeline.plan import difference
from reconciler.pipeline.review.host import LIMITS
from reconciler.views.plans import drift_markdown, header
from reconciler.views.plans import markdown as view

MANY = 1000
HOSTS = pytest.mark.parametrize("host", LIMITS)


def app(number: int, *more: object) -> Change:
    moved = (field("host", "smtp-ält.example.com", "smtp.example.com", relay(7)), field("port", 25, 587, relay(8)))
    made = change(f"prod/app-{number:04}:settings", Action.UPDATE, *moved, *more, unchanged=3, position=at(9))  # type: ignore[arg-type]
    return replace(made, risks=(replace(RISK, address=str(made.address)),))


def alike() -> Plan:
    """One line of git in thousands of resources."""
    return plan(*map(app, range(MANY)))


def each_its_own(number: int = MANY) -> Plan:
    """Something of its own in every resource, so that nothing can be folded."""
    return plan(*(app(one, field("priority", one, one + 1, here(9))) for one in range(number)))


def warnings() -> Plan:
    found = (Finding(severity=Severity.WARNING, rule=f"rule-{one}", what=f"wörd {one} " * 20) for one in range(MANY))
    return plan(*SYNC, MAIN, findings=tuple(found))


def reasons() -> Plan:
    lost = (replace(LOST, findings=(replace(LOST.findings[0], what=f"answer {one}"),)) for one in range(MANY))
    return plan(MAIN, *lost)


def stages() -> Plan:
    names = [f"stage-{one:04}" for one in range(300)]
    return plan(
        *(change(f"{name}/app:settings", Action.UPDATE, field("port", 25, 587, here(1))) for name in names),
        stages=[Stage(name=name, order=1, protected=False) for name in names],
    )


def long_values() -> Plan:
    return plan(*(app(one, field("motto", "ü" * 20_000, "|" * 20_000, here(9))) for one in range(20)))


PLANS = {one.__name__: one for one in (alike, each_its_own, warnings, reasons, stages, long_values)}


@pytest.fixture(scope="module", params=PLANS)
def whole(request: pytest.FixtureRequest) -> tuple[Plan, int]:
    """A plan, and how many bytes all that is to be said of it has."""
    made = PLANS[request.param]()
    return made, len(view.text(made, next_command="reconciler apply plan.json", limit=1 << 40).encode())


@HOSTS
def test_a_comment_fits_into_the_bytes_of_its_host_and_says_what_it_leaves_out(
    whole: tuple[Plan, int], host: str
) -> None:
    made, needed = whole
    told = view.text(made, next_command="reconciler apply plan.json", limit=LIMITS[host])
    assert len(told.encode()) <= LIMITS[host]
    assert told.startswith(header.MARK)
    assert told.partition("\n\n")[2].startswith("**Plan: ")
    assert "reconciler apply plan.json" in told
    assert ("Not shown, for want of room: " in told) == (needed > LIMITS[host] - 400)
    assert told.count("\n<details>") == told.count("\n</details>")


@pytest.mark.parametrize("plan", PLANS)
def test_what_is_cut_is_cut_between_folds_and_rows(plan: str) -> None:
    told = view.text(PLANS[plan](), next_command=None)
    html = github_flavored_markdown_to_html(told, options=Options.CMARK_OPT_UNSAFE)
    assert html.count("<details>") == html.count("</details>")
    assert html.count("<table>") == html.count("</table>") >= 1


def test_five_thousand_changes_fit_into_a_comment_on_github_and_the_numbers_add_up() -> None:
    told = view.text(each_its_own(5000), next_command=None)
    left = re.search(r"Not shown, for want of room: (\d+) changes, setting by setting\.", told)
    assert len(told) <= 65_536
    assert left
    assert told.count("<details>") + int(left[1]) == 5000


def test_what_has_one_cause_is_a_row_with_the_names_folded() -> None:
    told = view.text(alike(), next_command=None)
    assert (
        "| `prod` relay submission<br>`environments/prod/environment.yaml:7` | `host` `smtp-ält.example.com` → "
        "`smtp.example.com`<br>`port` `25` → `587` | **1000**: openspp ×1000 |\n"
    ) in told
    assert "**risk: `secret-to-new-host` in 1000 places: `prod/app-0000:settings`, " in told
    assert len(told) < 8_000


def test_a_comment_costs_little_time() -> None:
    """0.3 s on a machine of its own; CPU time, and with room for a busy one."""
    long = each_its_own(5000)
    begin = process_time()
    view.text(long, next_command=None)
    assert process_time() - begin < 5


def test_the_hidden_header_knows_the_plan_and_each_resource() -> None:
    now = plan(*SYNC, MAIN, git=Git(commit="0123456789abcdef", dirty=False))
    found = header.read(view.text(now, next_command=None))
    assert found is not None
    assert found.commit == "0123456789abcdef"
    assert list(found.resources or ()) == [str(MAIN.address)]


def test_the_same_plan_after_the_merge_is_known_as_the_reviewed_one() -> None:
    later = replace(plan(*SYNC, MAIN), created_at="2027-01-01T00:00:00Z", git=Git(commit="ff" * 20, dirty=False))
    other = plan(*SYNC, replace(MAIN, fields=MAIN.fields[1:]))
    before, after, moved = (header.read(header.written(one)) for one in (plan(*SYNC, MAIN), later, other))
    assert before
    assert after
    assert moved
    assert (before.plan, before.resources) == (after.plan, after.resources)
    assert before.plan != moved.plan


def test_of_too_many_resources_the_header_knows_the_plan_as_a_whole() -> None:
    written = header.written(each_its_own())
    found = header.read(written)
    assert len(written) < 200
    assert found
    assert found.resources is None


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "**Plan: 1 to create.**",
        f"{header.MARK}{{}} -->",
        f'{header.MARK}{{"v":1,"plan":"x","resources":"!"}} -->',
        f'{header.MARK}{{"v":1,"plan":"x","resources":"eJw="}} -->',
        f'{header.MARK}{{"v":1}} -->',
        f'text before {header.MARK}{{"v":1,"plan":"x"}} -->',
    ],
)
def test_a_comment_without_a_header_of_ours_has_none(comment: str) -> None:
    assert header.read(comment) is None


def test_what_changed_since_the_plan_that_was_seen_is_told() -> None:
    seen = plan(*SYNC, MAIN, app(1), git=Git(commit="0123456789abcdef", dirty=False))
    port = [replace(one, after=465) if one.field == "port" else one for one in MAIN.fields]
    now = plan(*SYNC, replace(MAIN, fields=tuple(port)), app(1))
    told = view.text(now, next_command=None, since=difference.since(seen, now))
    assert "\n**Changed since the plan for `0123456789ab`**: 1 resource; 1 change as before.\n" in told
    assert "\n- `prod/openspp:mail_servers[main]`: port: declared 465, was 587\n" in told


def test_the_same_plan_again_says_so() -> None:
    told = view.text(alike(), next_command=None, since=Since(commit=None, moved=(), same=5000))
    assert "The same as the plan before: 5000 changes as before, and a review of them still holds." in told


def test_of_many_things_that_moved_a_few_are_told() -> None:
    moved = tuple(Moved(address=f"prod/app-{one}:settings", part=Part.RESOURCE, after="x" * 999) for one in range(300))
    told = view.text(alike(), next_command=None, since=Since(commit=None, moved=moved, same=0))
    assert "\n- and 290 more\n" in told
    assert len(told) < 12_000


@pytest.mark.parametrize("plan", PLANS)
def test_drift_fits_too(plan: str) -> None:
    told = drift_markdown.text(PLANS[plan](), limit=LIMITS["bitbucket"])
    assert len(told.encode()) <= LIMITS["bitbucket"]
    assert told.startswith("**")


def test_drift_tells_who_moved_what_has_one_cause() -> None:
    told = drift_markdown.text(alike())
    assert "\n- **relay submission: 1000 resources**: git is ahead: declared, not applied yet<br>`host` " in told
    assert len(told) < 1_500


@pytest.mark.parametrize(
    "address", ["https://x.example) [y](https://evil.example", "javascript:alert(1)", "https://x y"]
)
def test_an_address_that_could_end_its_link_is_none(address: str) -> None:
    assert "](" not in view.text(plan(MAIN), next_command=None, link=lambda _: address)
