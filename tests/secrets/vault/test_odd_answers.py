"""Whatever answers where Vault should: a proxy, a login page, a newer Vault. An error says so, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from lab.servers.answers import Answer, Answers, Asked

from reconciler.errors import SecretError, VaultAnswer, VaultUnreachable
from reconciler.model.secret import SecretRef

WORD = "c4nary-V@lue+never/shown"  # the canary of this folder: no answer is ever quoted
VERSION = {"created_time": "2026-11-20T11:02:38Z", "deletion_time": "", "destroyed": False, "version": 1}
DATA: dict[str, Any] = {"data": {"data": {"password": WORD}, "metadata": VERSION}}
METADATA: dict[str, Any] = {"data": {"current_version": 1, "versions": {"1": VERSION}}}


def changed(answer: dict[str, Any], path: str, value: Any) -> Answer:
    """The answer with another value at `data.metadata.version`."""
    made = json.loads(json.dumps(answer))
    at, *rest = reversed(path.split("."))
    below = made
    for key in reversed(rest):
        below = below[key]
    below[at] = value
    return Answer(json=made)


# of any request
ANYWHERE = {
    "null": Answer(json=None),
    "a list": Answer(json=[{"data": {}}]),
    "an empty list": Answer(json=[]),
    "text": Answer(json=WORD),
    "a number": Answer(json=7),
    "true": Answer(json=True),
    "an empty object": Answer(json={}),
    "no body": Answer(text=""),
    "HTML": Answer(text=f"<html><title>Sign in</title>{WORD}"),
    "HTML with 404": Answer(status=404, text="<html>not here"),
    "HTML with 403": Answer(status=403, text="<html>forbidden"),
    "HTML with 400": Answer(status=400, text="<html>bad"),
    "HTML with 500": Answer(status=500, text="<html>error"),
    "cut JSON": Answer(text='{"data": {"data": {"pass'),
    "deep JSON": Answer(text="[" * 100_000),
    "data: null": Answer(json={"data": None}),
    "data: list": Answer(json={"data": [WORD]}),
    "data: text": Answer(json={"data": WORD}),
    "data: number": Answer(json={"data": 3}),
    "data: empty": Answer(json={"data": {}}),
    "a redirect": Answer(status=307, headers={"Location": "http://127.0.0.1:1/v1/x"}),
    "a redirect to nowhere": Answer(status=302),
    "204": Answer(status=204, text=""),
    "202": Answer(status=202, json={"data": {}}),
    "errors: text": Answer(status=400, json={"errors": "no"}),
    "errors: numbers": Answer(status=400, json={"errors": [1, None]}),
    "errors: a list with 404": Answer(status=404, json=[]),
    "data: list with 404": Answer(status=404, json={"data": [1], "errors": []}),
    "warnings: text with 404": Answer(status=404, json={"warnings": "no", "errors": []}),
    "418": Answer(status=418, json={"errors": ["teapot"]}),
}
# of a read of the value
OF_DATA = {
    "no metadata": Answer(json={"data": {"data": {"password": WORD}}}),
    "metadata: null": changed(DATA, "data.metadata", None),
    "metadata: list": changed(DATA, "data.metadata", []),
    "version: text": changed(DATA, "data.metadata.version", "one"),
    "version: null": changed(DATA, "data.metadata.version", None),
    "version: true": changed(DATA, "data.metadata.version", True),
    "created_time: number": changed(DATA, "data.metadata.created_time", 17),
    "secret: null": changed(DATA, "data.data", None),
    "secret: text": changed(DATA, "data.data", WORD),
    "secret: list": changed(DATA, "data.data", [WORD]),
    "KV v1": Answer(json={"data": {"password": WORD}}),
}
# of a look at its versions
OF_METADATA = {
    "current_version: text": changed(METADATA, "data.current_version", "1"),
    "current_version: null": changed(METADATA, "data.current_version", None),
    "current_version: fraction": changed(METADATA, "data.current_version", 1.5),
    "versions: null": changed(METADATA, "data.versions", None),
    "versions: list": changed(METADATA, "data.versions", [VERSION]),
    "a version: text": changed(METADATA, "data.versions.1", WORD),
    "created_time: null": changed(METADATA, "data.versions.1.created_time", None),
    "deletion_time: list": changed(METADATA, "data.versions.1.deletion_time", [1]),
}
ODD = {
    **{f"open: {name}": ("open", answer) for name, answer in (ANYWHERE | OF_DATA).items()},
    **{f"version: {name}": ("version", answer) for name, answer in (ANYWHERE | OF_METADATA).items()},
}


def asked(secrets: Any, question: str, ref: SecretRef) -> object:
    return secrets.version(ref) if question == "version" else secrets.opener(None).open(ref)


class ByPath(Answers):
    """`odd` for one path, what is right for all others."""

    def __init__(self, path: str, odd: Answer) -> None:
        super().__init__(odd)
        self._path, self._odd = path, odd

    def answer(self, asked: Asked) -> Answer:
        if self._path in asked.path:
            return self._odd
        if "/subkeys/" in asked.path:
            return Answer(json={"data": {"subkeys": {"password": None}}})
        if "/sys/internal/" in asked.path:
            return Answer(json={"data": {"type": "kv", "options": {"version": "2"}}})
        return Answer(json=METADATA if "/metadata/" in asked.path else DATA)


@pytest.mark.parametrize("case", ODD)
def test_one_odd_path_is_told_and_the_others_go_on(connect, ref, refused, case: str) -> None:
    question, odd = ODD[case]
    with ByPath("/mail/odd", odd) as server:
        secrets = connect(address=server.address, timeout=0.5)
        with refused(SecretError):
            asked(secrets, question, ref(path="mail/odd"))
        assert asked(secrets, question, ref(path="mail/well"))


def test_the_shape_is_told_by_its_name(connect, ref, refused) -> None:
    with ByPath("/mail/odd", changed(METADATA, "data.current_version", "1")) as server, refused(VaultAnswer) as caught:
        connect(address=server.address).version(ref(path="mail/odd"))
    assert caught.value.why == "current_version is text, and should be a number"
    assert "secret_stores.default.address" in (caught.value.fix or "")


ODD_AUTH = {
    "no auth": {},
    "auth: null": {"auth": None},
    "auth: list": {"auth": []},
    "auth: text": {"auth": WORD},
    "no token": {"auth": {}},
    "token: null": {"auth": {"client_token": None}},
    "token: number": {"auth": {"client_token": 7}},
}
LOGINS: dict[str, dict[str, Any]] = {
    "jwt": {"method": "jwt", "role": "mail", "token_env": "IDENTITY"},
    "kubernetes": {"method": "kubernetes", "role": "mail", "token_env": "IDENTITY"},
    "approle": {"method": "approle", "role_id": "x", "secret_id": SecretRef(store="env", path="IDENTITY")},
    "userpass": {"method": "userpass", "username": "ada", "password": SecretRef(store="env", path="IDENTITY")},
}


@pytest.mark.parametrize("method", LOGINS)
@pytest.mark.parametrize("odd", [*ODD_AUTH, *(name for name in ANYWHERE if name not in ("an empty object",))])
def test_an_odd_answer_to_a_login_is_told(connect, ref, refused, monkeypatch, method: str, odd: str) -> None:
    monkeypatch.setenv("IDENTITY", WORD)
    with Answers(Answer(json=ODD_AUTH[odd]) if odd in ODD_AUTH else ANYWHERE[odd]) as server, refused(SecretError):
        connect(address=server.address, auth=LOGINS[method]).version(ref())
    assert len(server.asked) == 1


WRAPPED = {**LOGINS["approle"], "secret_id_wrapped": True}
MADE = {"data": {"creation_path": "auth/approle/role/x/secret-id"}}


@pytest.mark.parametrize(
    "told",
    [
        [{"data": {"creation_path": None}}],
        [{"data": []}],
        [{}],
        [MADE, {"data": {}}],
        [MADE, {"data": {"secret_id": 7}}],
        [MADE, []],
    ],
)
def test_an_odd_answer_to_unwrapping_is_told(connect, ref, refused, monkeypatch, told: list[Any]) -> None:
    monkeypatch.setenv("IDENTITY", WORD)
    with Answers(*(Answer(json=one) for one in told)) as server, refused(SecretError):
        connect(address=server.address, auth=WRAPPED).version(ref())


DOCUMENTS: dict[str, Callable[[Any], object]] = {
    "read": lambda store: store.read_json("state/a"),
    "write": lambda store: store.write_json("state/a", {}, cas=0),
    "list": lambda store: store.list("state"),
}


@pytest.mark.parametrize("question", DOCUMENTS)
@pytest.mark.parametrize("odd", ANYWHERE)
def test_an_odd_answer_about_a_document_is_told(connect, question: str, odd: str) -> None:
    with ByPath("/state", ANYWHERE[odd]) as server:
        store = connect(address=server.address, timeout=0.5).vault("default")
        try:
            DOCUMENTS[question](store)
        except SecretError:
            return
        assert ANYWHERE[odd].status == 404  # the document was never there


@pytest.mark.parametrize(
    ("number", "text"), [(587, "587"), (0, "0"), (-3, "-3"), (2**53 - 1, "9007199254740991")], ids=str
)
def test_a_number_that_json_keeps_is_its_digits(vault, connect, ref, number: int, text: str) -> None:
    vault.put(ref().path, password=number)
    assert connect().opener(None).open(ref()).reveal() == text


@pytest.mark.parametrize("number", [12345678901234567890, 2**53 + 1, -(2**60), 1.10, 1e30, 0.1])
def test_a_number_that_json_does_not_keep_is_refused(vault, connect, ref, refused, number: float) -> None:
    vault.put(ref().path, password=number)
    with refused(SecretError) as caught:
        connect().opener(None).open(ref())
    assert "is not text" in caught.value.what
    assert "store it as text" in (caught.value.fix or "")


def test_html_is_nothing_of_vault(connect, ref, refused) -> None:
    with Answers(ANYWHERE["HTML"]) as server, refused(VaultUnreachable):
        connect(address=server.address).version(ref())
