"""Options and values by the words of other programs, and with typing mistakes."""

from __future__ import annotations

import pytest
from support.commandline import inside

from reconciler.cli.shell import spelling

ELSEWHERE = {
    "--env": "did you mean --select?",
    "--environment": "did you mean --select?",
    "--relay": "did you mean --select?",
    "--json": "did you mean --format json?",
    "--server": "did you mean --host?",
    "-s": "did you mean --host?",
    "--from": "did you mean --sender?",
    "-f": "did you mean --sender?",
    "--to": "did you mean --recipient?",
    "-t": "did you mean --recipient?",
    "--tls": "did you mean --encryption starttls, or tls for implicit TLS?",
    "-tls": "did you mean --encryption starttls, or tls for implicit TLS?",
    "--starttls": "did you mean --encryption starttls?",
    "--ssl": "did you mean --encryption tls?",
    "--tls-on-connect": "did you mean --encryption tls?",
    "--helo": "did you mean --ehlo-name?",
    "--ehlo": "did you mean --ehlo-name?",
    "--ca": "did you mean --ca-file?",
    "--cacert": "did you mean --ca-file?",
    "--cafile": "did you mean --ca-file?",
    "--tls-ca-path": "did you mean --ca-file?",
    "-CAfile": "did you mean --ca-file?",
    "--proxy": "did you mean --via?",
    "--socks": "did you mean --via?",
    "--insecure": "there is no such switch: name the CA with --ca-file",
    "-k": "there is no such switch: name the CA with --ca-file",
    "--no-verify": "there is no such switch: name the CA with --ca-file",
    "--verbose": "did you mean --transcript?",
    "-v": "did you mean --transcript?",
    "--auth-password": "did you mean --password-env?",
    "-ap": "did you mean --password-env?",
    "--pass": "did you mean --password-env?",
    "--auth-user": "did you mean --username?",
    "-au": "did you mean --username?",
    "--user": "did you mean --username?",
    "--output": "did you mean --out?",
    "-o": "did you mean --out?",
    # typing mistakes
    "--hots": "did you mean --host?",
    "--recipent": "did you mean --recipient?",
    "--SELECT": "did you mean --select?",
}


@pytest.mark.parametrize("option", ELSEWHERE)
def test_an_option_of_another_program_gets_ours(option: str) -> None:
    ended = inside("verify", "--host", "smtp.example.com", option, "x")
    assert ended.code == 64
    assert ended.err == f"error: reconciler verify has no option {option}\n    fix: {ELSEWHERE[option]}\n"


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        (("plan", "--env", "prod"), "did you mean --select?"),
        (("plan", "--json"), "did you mean --format json?"),
        (("plan", "--user", "me"), "reconciler plan --help lists them"),
        (("plan", "--insecure"), "reconciler plan --help lists them"),
        (("plan", "--server", "x"), "reconciler plan --help lists them"),
        (("checks", "--level", "tls"), "reconciler checks --help lists them"),
        (("discover", "--levl"), "reconciler discover --help lists them"),
    ],
    ids=str,
)
def test_only_options_that_the_command_has_are_named(arguments: tuple[str, ...], fix: str) -> None:
    ended = inside(*arguments)
    assert ended.code == 64
    assert f"error: reconciler {arguments[0]} has no option {arguments[1]}\n    fix: {fix}\n" == ended.err


@pytest.mark.parametrize("option", ["--passwor", "--tokn", "--pasword", "--tok"])
def test_an_option_that_help_hides_is_never_named(option: str) -> None:
    fix = inside("verify", option, "x").err.partition("fix: ")[2]
    assert fix in (
        "reconciler verify --help lists them\n",
        "did you mean --password-env?\n",
        "did you mean --token-env?\n",
    )


def test_what_follows_an_unknown_letter_may_be_a_password() -> None:
    ended = inside("verify", "--host", "smtp.example.com", "-phunter2")
    assert ended.err == "error: reconciler verify has no option -p\n    fix: reconciler verify --help lists them\n"


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        (("--encryption", "STARTTLS"), "did you mean starttls?"),
        (("--format", "JSON"), "did you mean json?"),
        (("--format", "prom"), "did you mean prometheus?"),
        (("--level", "RCPT"), "connect, tls, auth, envelope, message"),
        (("--port", "smtp"), "--port 25"),
        (("--port", "Submission"), "--port 587"),
        (("--port", "smtps"), "--port 465"),
        (("--port", "submissions"), "--port 465"),
    ],
    ids=str,
)
def test_a_value_in_other_words_gets_ours(arguments: tuple[str, ...], fix: str) -> None:
    ended = inside("verify", "--host", "smtp.example.com", *arguments)
    assert (ended.code, ended.err.partition("    fix: ")[2]) == (64, f"{fix}\n")


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        (
            ("localhost",),
            "reconciler verify --select localhost, or --host localhost for a relay that no file declares",
        ),
        (("--host", "localhost", "2525"), "--port 2525"),
        (("--host", "localhost", "again"), "reconciler verify --help"),
    ],
    ids=str,
)
def test_a_word_without_its_option_gets_it(arguments: tuple[str, ...], fix: str) -> None:
    ended = inside("verify", *arguments)
    assert (ended.code, ended.err.partition("    fix: ")[2]) == (64, f"{fix}\n")


@pytest.mark.parametrize(
    ("given", "found"),
    [("TLS", "tls"), ("start", "starttls"), ("t", "tls"), ("startls", "starttls"), ("", None), ("quux", None)],
)
def test_nearest(given: str, found: str | None) -> None:
    assert spelling.nearest(given, ["none", "starttls", "tls"]) == found


def test_a_beginning_of_two_words_is_the_nearer_one_or_none() -> None:
    assert spelling.nearest("s", ["sender", "select"]) is None


@pytest.mark.parametrize("given", ["206", "smtp206", "SMTP206"])
def test_a_check_is_found_by_its_number(given: str) -> None:
    assert inside("checks", given).out.startswith("SMTP206  ")
