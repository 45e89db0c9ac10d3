"""Help: examples before options, for every command, without loading more than needed."""

from __future__ import annotations

import sys

import pytest
from support.commandline import TOP, inside, spawned

from reconciler import __version__
from reconciler.cli.main import COMMANDS


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=lambda words: " ".join(words) or "alone")
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_shows_examples_first_and_options_after(command: list[str], flag: str) -> None:
    shown = inside(*command, flag)
    places = [shown.out.index(part) for part in ("Usage: reconciler", "Examples:", "Options:")]
    assert (shown.code, shown.err) == (0, "")
    assert places == sorted(places)
    assert f"    reconciler {' '.join(command)}".rstrip() in shown.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_reads_files_has_root_and_all_have_format_and_debug(name: str) -> None:
    shown = inside(name, "--help").out
    assert "--format [text|json" in shown
    assert "--debug" in shown
    assert ("--root DIR" in shown) is (name not in ("show", "checks", "init", "completion", "worker"))


def test_help_is_a_command_too() -> None:
    assert inside("help").out == inside("--help").out
    assert inside("help", "plan").out == inside("plan", "--help").out
    assert inside("help", "paln").code == 64


def test_exit_codes_stand_in_the_help() -> None:
    shown = " ".join(inside("--help").out.split())
    for code in (
        "0 done",
        "2 differences",
        "3 invalid",
        "4 check failed",
        "5 apply incomplete",
        "1 failed",
        "64 usage",
    ):
        assert code in shown


def test_version() -> None:
    assert inside("--version").out == f"reconciler {__version__}\n"


def test_version_and_help_import_no_heavy_library() -> None:
    code = (
        "import sys; from reconciler.cli.main import run; run(['--version']); run(['plan', '--help']);"
        "print(sorted({'hvac', 'requests', 'jsonschema', 'cryptography', 'msal', 'deepdiff'} & set(sys.modules)))"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_python_m_reconciler_is_the_same_command() -> None:
    assert spawned("--version", folder=TOP, environment={}).out == f"reconciler {__version__}\n"
