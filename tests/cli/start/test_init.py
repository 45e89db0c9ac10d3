"""A new repository: valid as it is, with workflows that hold up to an audit, and no file of anybody's overwritten."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from support.commandline import TOP, Ran, inside

from reconciler import platforms
from reconciler.pipeline.plan import risks

BIN = Path(sys.executable).parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text("utf-8") for file in folder.rglob("*") if file.is_file()}


def checked(tool: str, *arguments: str) -> str:
    """What a tool of our own checks says; nothing when all is well."""
    if (found := shutil.which(tool, path=BIN)) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def pipeline(folder: Path, ci: str, name: str = "apply") -> dict[str, Any]:
    """A workflow of GitHub, or the pipeline of GitLab."""
    inside("init", "--ci", ci)
    file = folder / (".gitlab-ci.yml" if ci == "gitlab" else f".github/workflows/{name}.yml")
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    return loaded


def installing(folder: Path, ci: str) -> list[list[str]]:
    """The commands of each job that name pip."""
    if ci == "gitlab":
        return [pipeline(folder, ci)["default"]["before_script"]]
    jobs = [job for name in ("plan", "apply", "drift") for job in pipeline(folder, ci, name)["jobs"].values()]
    return [[step["run"] for step in job["steps"] if "pip" in step.get("run", "")] for job in jobs]


def shell(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As a job runs it, with a reconciler and a pip that only say how they were called."""
    for name in ("reconciler", "pip"):
        tool = folder / f"bin/{name}"
        tool.parent.mkdir(exist_ok=True)
        tool.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n", encoding="utf-8")
        tool.chmod(0o755)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"} | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def applying(folder: Path, ci: str) -> str:
    job = pipeline(folder, ci)["jobs" if ci == "github" else "apply"]
    return str(job["apply"]["steps"][-1]["run"] if ci == "github" else job["script"][-1])


@pytest.mark.parametrize("ci", ["github", "gitlab", "azure", "jenkins", "none"])
def test_what_init_writes_is_valid_and_has_nothing_to_do(folder: Path, ci: str) -> None:
    assert inside("init", "--ci", ci).code == 0
    assert (inside("validate").out, inside("plan").out) == ("4 files are valid\n", "No changes.\n")


def test_the_first_lines_say_what_comes_next(folder: Path) -> None:
    lines = inside("init", "mail").out.splitlines()
    assert lines[:3] == ["Next:", "  cd mail", lines[2]]
    assert lines[2].startswith("  reconciler add grafana dev /")


def test_every_file_is_told(folder: Path) -> None:
    ended = inside("init", "--format", "json")
    assert sorted(ended.json["created"]) == sorted(files(folder))


def test_a_second_time_nothing_is_written(folder: Path) -> None:
    inside("init")
    before = files(folder)
    ended = inside("init", "--format", "json")
    assert (ended.json["created"], sorted(ended.json["kept"])) == ([], sorted(before))
    assert files(folder) == before


def test_no_file_is_overwritten(folder: Path) -> None:
    (folder / "README.md").write_text("mine\n", encoding="utf-8")
    (folder / "CODEOWNERS").symlink_to("elsewhere")
    ended = inside("init")
    assert (folder / "README.md").read_text("utf-8") == "mine\n"
    assert not (folder / "elsewhere").exists()
    assert "Left 2 files as they were:\n  CODEOWNERS\n  README.md\n" in ended.out


def test_a_landscape_that_is_there_gets_no_environments(folder: Path) -> None:
    (folder / "environments/live").mkdir(parents=True)
    (folder / "environments/reconciler.yaml").write_text("version: 1\n", encoding="utf-8")
    (folder / "environments/live/environment.yaml").write_text("order: 1\n", encoding="utf-8")
    inside("init")
    assert sorted(file.name for file in (folder / "environments").iterdir()) == ["live", "reconciler.yaml"]
    assert inside("validate").out == "2 files are valid\n"


def test_schemas_of_another_version_are_named(folder: Path) -> None:
    inside("init")
    (folder / "schemas/common.schema.json").write_text("{}", encoding="utf-8")
    assert "to update them: rm -r schemas && reconciler init" in inside("init").out


def test_a_file_in_the_way_is_told(folder: Path) -> None:
    (folder / "environments").write_text("", encoding="utf-8")
    ended = inside("init")
    assert (ended.code, "environments" in ended.err, "fix: move it away" in ended.err) == (64, True, True)


def test_editors_find_the_schema_of_every_file_and_kind(folder: Path) -> None:
    inside("init")
    settings = json.loads((folder / ".vscode/settings.json").read_text("utf-8"))["yaml.schemas"]
    dispatched = json.loads((folder / "schemas/target.schema.json").read_text("utf-8"))["allOf"]
    targets = {one["then"]["$ref"] for one in dispatched}
    for kind in platforms.KINDS:
        assert f"platforms/{kind}.schema.json" in targets
        assert (folder / f"schemas/platforms/{kind}.schema.json").is_file()
    assert "schemas/target.schema.json" in settings
    assert all((folder / name).is_file() for name in settings)
    for file in [*folder.rglob("environments/**/*.yaml"), *folder.rglob("*.yaml.example")]:
        first = file.read_text("utf-8").splitlines()[0]
        assert (file.parent / first.partition("$schema=")[2]).is_file(), file


def test_every_sample_is_valid_when_it_is_taken(folder: Path) -> None:
    """The relay without its #, and the target under a name."""
    inside("init")
    for name in ("dev", "test", "prod"):
        file = folder / f"environments/{name}/environment.yaml"
        text = file.read_text("utf-8").replace("\n# ", "\n").replace("\nTargets use", "\n# Targets use")
        file.write_text(text.replace("\nShared", "\n# Shared"), encoding="utf-8")
    central = folder / "environments/reconciler.yaml"
    store = "secret_stores: {default: {type: vault, address: https://vault.example.com}}\n"
    central.write_text(central.read_text("utf-8") + store, encoding="utf-8")
    sample = folder / "environments/dev/target.yaml.example"
    text = sample.read_text("utf-8").replace("# settings:", "settings:")
    (folder / "environments/dev/shop.yaml").write_text(text, encoding="utf-8")

    assert inside("validate").out == "5 files are valid\n"
    assert "smtp.dev.example.com" in inside("explain", "dev/shop:settings").out


def test_the_sample_can_be_adopted(folder: Path) -> None:
    inside("init")
    shutil.copy(folder / "environments/dev/target.yaml.example", folder / "environments/dev/shop.yaml")
    (folder / "apps/shop").mkdir(parents=True)
    lines = ["SMTP_HOST=smtp.example.com", "SMTP_PORT=25", "SMTP_TLS=false"]
    (folder / "apps/shop/.env").write_text("\n".join(lines), encoding="utf-8")
    assert inside("adopt", "dev/shop", "--write").code == 0
    told = inside("plan").out  # as it is: in clear text
    assert told.startswith("! environments/dev/shop.yaml:")
    assert told.endswith("\n\nNo changes; 1 in sync.\n")


def test_workflows_hold_up_to_an_audit(folder: Path) -> None:
    inside("init")
    workflows = folder / ".github/workflows"
    assert checked("zizmor", "--offline", "--quiet", str(workflows)) == ""
    every = [str(file) for file in workflows.iterdir()]
    assert len(every) == 3
    assert checked("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *every) == ""


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_pull_request_is_compared_with_its_base(folder: Path, ci: str) -> None:
    inside("init", "--ci", ci)
    texts = "\n".join(text for name, text in files(folder).items() if name.endswith(".yml"))
    assert "reconciler ci" in texts  # finds the base by itself, which tests/cli/ci holds
    assert ("fetch-depth: 0" if ci == "github" else 'GIT_DEPTH: "0"') in texts


def test_the_gitlab_pipeline_is_one(folder: Path) -> None:
    inside("init", "--ci", "gitlab")
    assert checked("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(folder / ".gitlab-ci.yml")) == ""


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_every_job_installs_what_the_variable_says(folder: Path, ci: str) -> None:
    jobs = installing(folder, ci)
    assert len(jobs) == (1 if ci == "gitlab" else 4)
    for commands in jobs:
        ran = [shell(folder, command, RECONCILER="git+https://git.example.com/mail@abc").stdout for command in commands]
        assert ran == ["install\ngit+https://git.example.com/mail@abc\n"]


@pytest.mark.parametrize("empty", [{}, {"RECONCILER": ""}], ids=["not set", "empty"])
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_no_job_installs_anything_while_the_variable_says_nothing(folder: Path, ci: str, empty: dict[str, str]) -> None:
    for (command,) in installing(folder, ci):
        ran = shell(folder, command, **empty)
        assert (ran.returncode == 0, ran.stdout, "set the" in ran.stderr) == (False, "", True)


def test_the_variable_of_github_reaches_every_job(folder: Path) -> None:
    for name in ("plan", "apply", "drift"):
        assert pipeline(folder, "github", name)["env"] == {"RECONCILER": "${{ vars.RECONCILER }}"}


def test_github_applies_the_plan_that_was_approved(folder: Path) -> None:
    jobs = pipeline(folder, "github")["jobs"]
    shown, applied = jobs["plan"], jobs["apply"]
    assert "environment" not in shown
    assert "env" not in shown, "the plan has no role that writes"
    assert (applied["needs"], applied["environment"]) == ("plan", "production")
    assert applied["env"] == {"VAULT_ROLE": "reconciler-apply"}
    kept, taken = shown["steps"][-1], applied["steps"][-2]
    assert (kept["with"]["name"], kept["with"]["path"]) == (taken["with"]["name"], "reconciler-ci/plan.json")
    assert "reconciler ci" not in str(applied)


def test_gitlab_applies_the_plan_that_was_approved(folder: Path) -> None:
    jobs = pipeline(folder, "gitlab")
    assert jobs["apply"]["needs"] == ["plan-main"]
    assert jobs["plan-main"]["artifacts"] == {"paths": ["reconciler-ci/plan.json"], "expire_in": "1 week"}
    assert [rule["if"] for rule in jobs["apply"]["rules"]] == [rule["if"] for rule in jobs["plan-main"]["rules"]]
    assert jobs["apply"]["rules"][0]["when"] == "manual"
    assert "reconciler ci" not in str(jobs["apply"])


@pytest.mark.parametrize(
    ("allow", "arguments"),
    [
        pytest.param("", [], id="none"),
        pytest.param("archive  open-relay", ["--allow=archive", "--allow=open-relay"], id="two"),
        pytest.param(
            "* $(touch x);`touch x`", ["--allow=*", "--allow=$(touch", "--allow=x);`touch", "--allow=x`"], id="shell"
        ),
    ],
)
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_risks_reach_apply_one_by_one_and_no_shell(folder: Path, ci: str, allow: str, arguments: list[str]) -> None:
    ran = shell(folder, applying(folder, ci), ALLOW=allow)
    plan = "plan.json" if ci == "github" else "reconciler-ci/plan.json"
    assert ran.stdout.splitlines() == ["apply", plan, *arguments]
    assert not (folder / "x").exists()


FILES = {
    "github": ".github/workflows/apply.yml",
    "gitlab": ".gitlab-ci.yml",
    "azure": "azure-pipelines.yml",
    "jenkins": "Jenkinsfile",
}


@pytest.mark.parametrize("ci", FILES)
def test_every_risk_is_named_where_it_is_allowed(folder: Path, ci: str) -> None:
    inside("init", "--ci", ci)
    assert " ".join(risks.names(())) in files(folder)[FILES[ci]]


@pytest.mark.parametrize("ci", FILES)
def test_the_recipes_show_what_init_writes(folder: Path, ci: str) -> None:
    inside("init", "--ci", ci)
    shown = files(TOP / "examples/ci" / ci)
    assert FILES[ci] in shown
    assert {name: files(folder)[name] for name in shown} == shown


@pytest.mark.parametrize("ci", ["azure", "jenkins"])
def test_other_systems_plan_wait_and_apply_that_plan(folder: Path, ci: str) -> None:
    inside("init", "--ci", ci)
    text = files(folder)[FILES[ci]]
    order = [text.index(word) for word in ("reconciler ci", "reconciler apply")]
    assert order == sorted(order)
    assert text.count("RECONCILER:?set the") >= 1
    assert ("environment: production" if ci == "azure" else "input {") in text


def test_the_azure_pipeline_is_one(folder: Path) -> None:
    inside("init", "--ci", "azure")
    words = ("--builtin-schema", "vendor.azure-pipelines", "--regex-variant", "nonunicode")
    assert checked("check-jsonschema", *words, str(folder / "azure-pipelines.yml")) == ""


def test_a_wrong_ci_gets_the_nearest(folder: Path) -> None:
    ended: Ran = inside("init", "--ci", "gitlob")
    assert (ended.code, "did you mean gitlab?" in ended.err, files(folder)) == (64, True, {})
