"""The recipes in examples/ci: what `init` writes, and a job of a cluster that the command line takes as it stands."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from ruamel.yaml import YAML
from support.commandline import TOP

from reconciler.cli.ci import nightly
from reconciler.cli.main import cli

RECIPES, SCAFFOLD = TOP / "examples/ci", TOP / "reconciler/scaffold"
WRITTEN = {
    "azure/azure-pipelines.yml": "azure/azure-pipelines.yml",
    "github/.github/workflows/apply.yml": "github/apply.yml",
    "github/.github/workflows/drift.yml": "github/drift.yml",
    "github/.github/workflows/plan.yml": "github/plan.yml",
    "gitlab/.gitlab-ci.yml": "gitlab/gitlab-ci.yml",
    "jenkins/Jenkinsfile": "jenkins/Jenkinsfile",
}


@pytest.mark.parametrize(("shown", "written"), WRITTEN.items())
def test_a_recipe_is_what_init_writes(shown: str, written: str) -> None:
    assert (RECIPES / shown).read_text("utf-8") == (SCAFFOLD / written).read_text("utf-8")


@pytest.mark.parametrize("written", ["azure/azure-pipelines.yml", "github/drift.yml", "gitlab/gitlab-ci.yml"])
def test_a_night_leaves_a_page(written: str) -> None:
    text = (SCAFFOLD / written).read_text("utf-8")
    assert "reconciler nightly --report" in text
    assert "reconciler drift" not in text


def test_the_job_of_a_cluster_is_a_night_whose_reports_stay() -> None:
    _, job = YAML(typ="safe", pure=True).load_all((RECIPES / "kubernetes/drift.yaml").read_text("utf-8"))
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    name, *arguments = container["args"]
    above = click.Context(cli, info_name="reconciler", **cli.context_settings)  # its words for help are kept
    given = nightly.command.make_context(name, list(arguments), parent=above).params
    assert (name, given["report"]) == ("nightly", True)
    mounted = {Path(one["mountPath"]): one for one in container["volumeMounts"]}
    kept = {one["name"] for one in pod["volumes"] if "persistentVolumeClaim" in one}
    assert mounted[given["out"]]["name"] in kept
    assert not mounted[given["out"]].get("readOnly")
