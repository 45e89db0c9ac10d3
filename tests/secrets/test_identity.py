from __future__ import annotations

from pathlib import Path

import pytest
from lab.servers.answers import Answer, Answers

from reconciler.errors import SecretError, SecretMissing
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.secrets import file, identity
from reconciler.secrets.identity import GITHUB_TOKEN, GITHUB_URL


def opened(ref: SecretRef) -> SecretValue:
    return file.opened(ref, Path("/"))


def github(server: Answers, canary: str) -> dict[str, str]:
    return {GITHUB_URL: f"{server.address}/token?api-version=2.0", GITHUB_TOKEN: canary}


def test_token_is_asked_from_github_with_the_audience(canary: str) -> None:
    with Answers(Answer(json={"value": "a.b.c"})) as server:
        token = identity.token({"audience": "https://vault"}, environ=github(server, canary), opened=opened)
    assert token.reveal() == "a.b.c"
    assert server.asked[0].path == "/token?api-version=2.0&audience=https%3A%2F%2Fvault"
    assert server.asked[0].headers["Authorization"] == f"Bearer {canary}"


@pytest.mark.parametrize(
    "answer",
    [Answer(status=403), Answer(text="<html>"), Answer(json={}), Answer(json=["x"]), Answer(json={"value": None})],
    ids=["forbidden", "HTML", "no value", "list", "null"],
)
def test_token_says_when_github_gives_none(answer: Answer, refused, canary: str) -> None:
    with Answers(answer) as server, refused(SecretError) as caught:
        identity.token({}, environ=github(server, canary), opened=opened)
    assert caught.value.what == "GitHub gave no identity token"


def test_token_says_when_github_is_not_reachable(refused, canary: str) -> None:
    with refused(SecretError) as caught:
        identity.token({}, environ={GITHUB_URL: "http://127.0.0.1:1/", GITHUB_TOKEN: canary}, opened=opened)
    assert "cannot be reached" in caught.value.what
    assert caught.value.why == "connection refused"


def test_token_is_the_variable_that_gitlab_fills(canary: str) -> None:
    token = identity.token({"token_env": "ID_TOKEN"}, environ={"ID_TOKEN": canary}, opened=opened)
    assert token.reveal() == canary


def test_token_is_the_service_account_of_the_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canary: str) -> None:
    (tmp_path / "token").write_text(canary)
    monkeypatch.setattr(identity, "KUBERNETES_TOKEN", str(tmp_path / "token"))
    assert identity.token({}, environ={}, opened=opened).reveal() == canary


@pytest.mark.parametrize("option", ["token", "token_file"])
def test_token_is_a_named_file(tmp_path: Path, option: str, canary: str) -> None:
    path = str(tmp_path / "token")
    Path(path).write_text(canary)
    value = SecretRef(store="file", path=path) if option == "token" else path
    assert identity.token({option: value}, environ={}, opened=opened).reveal() == canary


@pytest.mark.parametrize(
    ("environ", "fix"),
    [
        pytest.param({"GITHUB_ACTIONS": "true"}, "id-token: write", id="GitHub"),
        pytest.param({"GITLAB_CI": "true"}, "id_tokens", id="GitLab"),
        pytest.param({}, "run it in CI", id="elsewhere"),
    ],
)
def test_token_says_how_to_get_one_here(environ: dict[str, str], fix: str) -> None:
    with pytest.raises(SecretMissing) as caught:
        identity.token({}, environ=environ, opened=opened)
    assert fix in (caught.value.fix or "")
