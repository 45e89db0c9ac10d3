"""`validate` of single files, and its forms for other programs."""

from __future__ import annotations

import contextlib
import io
import json
from xml.etree import ElementTree as ET

import pytest
from support.commandline import inside
from support.site import Site


def printed(*words: str) -> str:
    """What a pipe gets; `inside` forbids all that a terminal would act on, colour too."""
    from reconciler.cli import main

    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), write_through=True)) as stdout:
        main.run(list(words))
    return stdout.buffer.getvalue().decode()


HOSTILE = "a%b, c:d ::error::no ##[group]x"


@pytest.fixture
def wrong(fake_site: Site) -> Site:
    """Two targets, each with an error of its own; the second holds what a CI would act on."""
    fake_site.stage("dev")
    fake_site.target("dev/one", "settings: {prot: 1}\n")
    fake_site.target("dev/two", f"mail_servers: {{a: {{host: '{HOSTILE}'}}}}\n")
    return fake_site


def test_only_what_is_in_the_named_files_is_told_and_counts(wrong: Site) -> None:
    told = inside("validate", "environments/dev/one.yaml", "--format", "json")
    assert told.code == 3
    assert {one["where"]["file"] for one in told.json["findings"]} == {"environments/dev/one.yaml"}
    well = inside("validate", "environments/dev/environment.yaml")
    assert (well.code, well.out) == (0, "1 file is valid\n")
    assert "there are errors in environments/dev/one.yaml, environments/dev/two.yaml" in well.err


def test_a_folder_stands_for_its_files(wrong: Site) -> None:
    assert inside("validate", "environments/dev").out.endswith("in 2 of 3 files\n")


def test_a_file_of_something_else_is_wrong_usage(wrong: Site) -> None:
    (wrong.folder / "other.yaml").touch()
    told = inside("validate", "other.yaml")
    assert (told.code, told.err.splitlines()[0]) == (
        64,
        "error: other.yaml is no part of the landscape environments",
    )


def test_github_gets_an_annotation_for_each_and_no_other_command(wrong: Site) -> None:
    lines = inside("validate", "--format", "github").out.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("::error file=environments/dev/") for line in lines)
    assert "line=3,col=26,title=" in lines[1]
    assert "a%25b, c:d ::error::no" in lines[1]
    assert "##[" not in lines[1]


def test_gitlab_gets_a_list_with_a_fingerprint_that_survives_other_lines(wrong: Site) -> None:
    before = json.loads(inside("validate", "--format", "gitlab").out)
    file = wrong.root / "dev/one.yaml"
    file.write_text(f"# a line\n{file.read_text('utf-8')}", encoding="utf-8")
    after = json.loads(inside("validate", "--format", "gitlab").out)
    assert [one["fingerprint"] for one in before] == [one["fingerprint"] for one in after]
    assert before[0]["location"]["lines"]["begin"] + 1 == after[0]["location"]["lines"]["begin"]
    assert {"description", "check_name", "fingerprint", "severity", "location"} == set(before[0])


def test_sarif_names_rule_place_and_level(wrong: Site) -> None:
    (run,) = json.loads(inside("validate", "--format", "sarif").out)["runs"]
    first = run["results"][0]
    place = first["locations"][0]["physicalLocation"]
    assert (first["ruleId"], first["level"]) == ("unknown-key", "error")
    assert place["artifactLocation"]["uri"] == "environments/dev/one.yaml"
    assert place["region"]["startLine"] == 3
    assert first["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def test_junit_has_a_failure_for_each_error_and_a_case_that_passes_without_any(wrong: Site) -> None:
    root = ET.fromstring(inside("validate", "--format", "junit").out)
    assert root.attrib["failures"] == "2"
    assert len(root.findall(".//failure")) == 2
    for name in ("one", "two"):
        (wrong.root / f"dev/{name}.yaml").unlink()
    well = ET.fromstring(inside("validate", "--format", "junit").out)
    assert (well.attrib["failures"], len(well.findall(".//testcase"))) == ("0", 1)


def test_the_root_may_come_from_the_environment(wrong: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (wrong.folder / "elsewhere").mkdir()
    monkeypatch.chdir(wrong.folder / "elsewhere")
    monkeypatch.setenv("RECONCILER_ROOT", "../environments")
    assert inside("validate").code == 3
    monkeypatch.setenv("RECONCILER_ROOT", "../nowhere")
    assert inside("validate", "--root", "../environments").out.endswith("in 2 of 4 files\n")


@pytest.mark.parametrize(("force", "no", "coloured"), [("1", "", True), ("", "", False), ("1", "1", False)])
def test_colour_in_a_pipe_only_where_it_is_forced(
    force: str, no: str, coloured: bool, wrong: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", force)
    monkeypatch.setenv("NO_COLOR", no)
    told = printed("validate")
    assert ("\x1b[" in told) is coloured


ZONE = """\
version: 1
engine:
  type: celery
  broker: amqps://coordinator@rabbit.example.com/reconciler
  signing_key: {env: SIGNING}
  zones: {dmz: {key: keys/dmz.pub}}
"""


def test_a_zone_needs_the_public_key_of_its_worker(fake_site: Site) -> None:
    """No command goes on without: nothing that is said in such a zone could be believed."""
    fake_site.write("reconciler.yaml", ZONE)
    fake_site.stage("dev")
    place = "environments/reconciler.yaml:6:22"

    ran = inside("validate")
    assert (ran.code, ran.out.splitlines()[0]) == (3, f"{place}: error: key: keys/dmz.pub: no such file")
    assert inside("plan").code == 3

    (fake_site.folder / "keys").mkdir()
    (fake_site.folder / "keys/dmz.pub").write_text("-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n")
    ran = inside("validate")
    assert (ran.code, ran.out.splitlines()[0]) == (3, f"{place}: error: key: keys/dmz.pub: this is no Ed25519 key")
