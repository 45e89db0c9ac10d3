"""`ci`: what people see of a pull request, at each host (a stand-in), and what a job of a fork may cause."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lab.servers import fake
from lab.servers.review_host import ME, ReviewHost, Shown
from support.commandline import Ran
from support.outside import harm
from support.site import Site

from reconciler.cli import main
from reconciler.views import printable
from reconciler.views.plans import header

HOSTS = ("github", "gitlab", "azure")
ROUTE = "host: localhost, encryption: none, auth: none, verify: {from: nowhere}"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[ReviewHost]:
    with ReviewHost() as started:
        yield started


@pytest.fixture
def host(server: ReviewHost) -> ReviewHost:
    server.comments, server.verbs, server.denied = [], [], False
    return server


@pytest.fixture
def change(fake_site: Site, world: fake.World) -> Site:
    """What a pull request makes of a reviewed repository."""
    fake_site.stage("dev")
    declare(fake_site, 2525)
    git = ["git", "-C", str(fake_site.folder), "-c", "user.name=x", "-c", "user.email=x@x"]
    for words in (["init", "-qb", "main"], ["add", "environments"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    subprocess.run([*git, "update-ref", "refs/remotes/origin/main", "HEAD"], check=True)
    return fake_site


def declare(site: Site, port: int | str) -> None:
    site.target("dev/crm", f"mail_servers: {{main: {{port: {port}, {ROUTE}}}}}", "crm")


def event(folder: Path, system: str, *, fork: bool = False) -> dict[str, str]:
    """The variables of a job for pull request 7 into main."""
    there = "stranger/mail" if fork else "o/mail"
    said = {"number": 7, "head": {"repo": {"full_name": there}}, "base": {"repo": {"full_name": "o/mail"}}}
    (folder / "event.json").write_text(json.dumps({"pull_request": said}), encoding="utf-8")
    return {
        "github": {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_BASE_REF": "main",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "GITHUB_OUTPUT": str(folder / "output"),
        },
        "gitlab": {
            "GITLAB_CI": "true",
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "99" if fork else "12",
            "CI_MERGE_REQUEST_PROJECT_ID": "12",
        },
        "azure": {
            "TF_BUILD": "True",
            "BUILD_REASON": "PullRequest",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
            "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
            "SYSTEM_PULLREQUEST_ISFORK": str(fork),
        },
        "jenkins": {
            "JENKINS_URL": "https://jenkins.example.com/",
            "CHANGE_ID": "7",
            "CHANGE_TARGET": "main",
            **({"CHANGE_FORK": "stranger"} if fork else {}),
        },
    }[system]


@pytest.fixture
def ci(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """`ci` with these variables: exit code, stdout and stderr, which hold no secret and no traceback."""

    def run(variables: dict[str, str], *arguments: str) -> tuple[int, str, str]:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            code = main.run(["ci", *arguments])
        captured = capsysbinary.readouterr()
        out, err = captured.out.decode(), captured.err.decode()
        told = "\n".join(line for line in out.splitlines() if not line.startswith(("::", "##vso[")))
        Ran(arguments=("ci",), code=code, out=told, err=err)  # judges
        return code, out, err

    return run


@pytest.mark.parametrize("system", HOSTS)
def test_one_comment_is_edited_in_place(system: str, change: Site, host: ReviewHost, ci: Run) -> None:
    variables = {**event(change.folder, system), **host.variables(system)}
    assert ci(variables)[0] == 0
    declare(change, 2526)
    assert ci(variables)[0] == 0
    (shown,) = host.comments
    assert (shown.author, shown.edits) == (ME, 1)
    assert header.read(shown.text)
    assert "**Changed since the plan for" in shown.text
    assert "`dev/crm:mail_servers[main]`: not planned as before" in shown.text


@pytest.mark.parametrize("system", HOSTS)
def test_the_same_plan_is_not_written_twice_where_nothing_else_moved(
    system: str, change: Site, host: ReviewHost, ci: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.cli.shell.context.now", lambda: "2026-11-29T12:00:00Z")
    variables = {**event(change.folder, system), **host.variables(system)}
    for _ in range(3):
        ci(variables)
    # the second says that a review of the first still holds, and the third has nothing to add
    assert [shown.edits for shown in host.comments] == [1]
    assert "a review of them still holds" in host.comments[0].text


@pytest.mark.parametrize("system", HOSTS)
def test_a_comment_of_somebody_else_with_our_mark_is_left_alone(
    system: str, change: Site, host: ReviewHost, ci: Run
) -> None:
    forged = f'{header.MARK}{{"v":1,"plan":"0"}} -->\n\n**Nothing to review here.**'
    host.comments = [*(Shown("somebody", "hello") for _ in range(120)), Shown("mallory", forged)]
    for _ in range(2):  # the second finds its own on the second page
        assert ci({**event(change.folder, system), **host.variables(system)})[0] == 0
    assert (host.comments[120].edits, len(host.comments)) == (0, 122)
    assert (host.comments[121].author, host.comments[121].edits) == (ME, 1)


@pytest.mark.parametrize("system", HOSTS)
def test_a_comment_that_cannot_be_replaced_fails_the_job(system: str, change: Site, host: ReviewHost, ci: Run) -> None:
    host.denied = True
    code, _, err = ci({**event(change.folder, system), **host.variables(system)})
    assert (code, "the comment was refused (403)" in err, "fix: " in err) == (1, True, True)


@pytest.mark.parametrize("system", HOSTS)
def test_without_a_token_the_job_tells_the_plan_all_the_same(
    system: str, change: Site, host: ReviewHost, ci: Run
) -> None:
    code, out, err = ci(event(change.folder, system))
    assert (code, "_TOKEN is not set" in err.replace("ACCESSTOKEN", "_TOKEN"), host.comments) == (0, True, [])
    assert "dev/crm:mail_servers[main]" in out


def test_azure_does_not_comment_on_pull_requests_of_another_host(change: Site, host: ReviewHost, ci: Run) -> None:
    code, _, err = ci(
        {**event(change.folder, "azure"), **host.variables("azure"), "BUILD_REPOSITORY_PROVIDER": "GitHub"}
    )
    assert (code, host.comments, "its pull requests are on another host" in err) == (0, [], True)


@pytest.mark.parametrize("system", [*HOSTS, "jenkins"])
def test_of_a_fork_files_are_validated_and_nobody_is_contacted(
    system: str, change: Site, world: fake.World, host: ReviewHost, ci: Run
) -> None:
    asked: list[str] = []
    world.of("crm").on_read = lambda: asked.append("crm")
    known = host.variables(system) if system in HOSTS else {}
    code, _, err = ci({**event(change.folder, system, fork=True), **known})
    assert (code, asked, host.comments, "comes from a fork" in err) == (0, [], [], True)


def test_a_pull_request_whose_repository_is_gone_counts_as_a_fork(change: Site, ci: Run) -> None:
    variables = event(change.folder, "github")
    (change.folder / "event.json").write_text('{"pull_request": {"number": 7, "head": {"repo": null}}}')
    assert "comes from a fork" in ci(variables)[2]


def test_a_job_with_the_rights_of_the_base_and_the_files_of_a_stranger_is_refused(change: Site, ci: Run) -> None:
    code, _, err = ci({**event(change.folder, "github"), "GITHUB_EVENT_NAME": "pull_request_target"})
    assert (code, "fix: on: pull_request" in err) == (64, True)


@pytest.mark.parametrize("system", HOSTS)
def test_errors_take_the_place_of_a_plan_that_no_longer_holds(
    system: str, change: Site, host: ReviewHost, ci: Run
) -> None:
    variables = {**event(change.folder, system), **host.variables(system)}
    ci(variables)
    declare(change, "70000")
    code, out, _ = ci(variables)
    (shown,) = host.comments
    assert (code, shown.edits) == (3, 1)
    assert "**Not planned: 1 error.**" in shown.text
    assert "`environments/dev/crm.yaml:3`" in shown.text
    begins = {"github": "::error file=environments/dev/crm.yaml,line=3", "azure": "##vso[task.logissue type=error;"}
    assert begins.get(system, "") in out


def test_github_gets_summary_and_outputs(change: Site, ci: Run) -> None:
    ci(event(change.folder, "github"))
    assert (change.folder / "summary.md").read_text("utf-8").startswith(header.MARK)
    values = dict(line.split("=") for line in (change.folder / "output").read_text("utf-8").splitlines())
    assert (values["changes"], values["complete"], values["plan"]) == ("true", "true", "reconciler-ci/plan.json")


def test_azure_gets_summary_and_outputs(change: Site, ci: Run) -> None:
    out = ci(event(change.folder, "azure"))[1].splitlines()
    assert f"##vso[task.uploadsummary ]{change.folder}/reconciler-ci/plan.md" in out
    assert "##vso[task.setvariable variable=changes;isOutput=true;]true" in out


def test_gitlab_and_jenkins_get_files_that_they_read(change: Site, ci: Run) -> None:
    declare(change, "70000")
    ci(event(change.folder, "gitlab"))
    ci(event(change.folder, "jenkins"))
    (found,) = json.loads((change.folder / "reconciler-ci/gl-code-quality-report.json").read_text("utf-8"))
    assert found["location"] == {"path": "environments/dev/crm.yaml", "lines": {"begin": 3}}
    assert "<failure" in (change.folder / "reconciler-ci/junit.xml").read_text("utf-8")


def test_on_main_there_is_a_plan_for_apply_and_no_comment(change: Site, host: ReviewHost, ci: Run) -> None:
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", **host.variables("github")}
    code, out, _ = ci(variables, "--format", "json")
    assert (code, host.comments) == (0, [])
    assert (
        json.loads(out)["applyable"] == json.loads((change.folder / "reconciler-ci/plan.json").read_text())["applyable"]
    )


def test_outside_of_a_job_ci_says_what_to_do(change: Site, ci: Run) -> None:
    code, _, err = ci({})
    assert (code, "fix: reconciler validate && reconciler plan" in err) == (64, True)


def test_a_token_goes_to_no_address_without_tls(change: Site, ci: Run) -> None:
    variables = {**event(change.folder, "github"), "GITHUB_TOKEN": "t", "GITHUB_API_URL": "http://192.0.2.1"}
    code, _, err = ci(variables)
    assert (code, "192.0.2.1 is not asked: its address is not https" in err) == (1, True)


def test_a_property_of_an_order_to_azure_ends_neither_itself_nor_the_order() -> None:
    order = printable.azure("task.logissue", {"sourcepath": "a]b;c%d\n##vso[x]"}, "e]\n##vso[x]f")
    assert order == "##vso[task.logissue sourcepath=a%5Db%3Bc%AZP25d\\n\\x23#vso[x%5D;]e%5D\\n\\x23#vso[x%5Df\n"


@pytest.mark.parametrize("system", ["github", "azure"])
def test_nothing_in_a_file_becomes_an_order_to_the_host(system: str, change: Site, ci: Run) -> None:
    order = "##vso[task.setvariable variable=PATH]evil"
    change.write("dev/crm.yaml", f'platform: fake\n"::add-path::/evil {order}\\r\\n::error::x": 1\n')
    code, out, err = ci(event(change.folder, system))
    orders = [line for line in out.splitlines() if line.startswith(("::", "##"))]
    assert code == 3
    assert all(line.startswith(("::error ", "::warning ", "##vso[task.logissue ")) for line in orders)
    assert "##vso[task.setvariable" not in out.replace("##vso[task.logissue", "")
    assert not harm(err)


def test_the_page_is_written_where_it_is_asked_for(change: Site, ci: Run) -> None:
    variables = event(change.folder, "github")
    assert ci(variables, "--no-comment")[0] == 0
    assert not (change.folder / "reconciler-ci/report.html").exists()
    assert ci(variables, "--no-comment", "--report")[0] == 0
    assert "Senders and relays" in (change.folder / "reconciler-ci/report.html").read_text("utf-8")
    assert "\nreport=reconciler-ci/report.html\n" in (change.folder / "output").read_text("utf-8")
