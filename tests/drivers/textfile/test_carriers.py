"""An environment in a Compose file or a Kubernetes Secret. That they are read so, `tests/conformance` asks."""

from __future__ import annotations

import base64

import pytest

from reconciler.drivers.textfile import compose, kubernetes_secret
from reconciler.drivers.textfile.format import Broken, Unwritable
from reconciler.model.text.yaml_scalar import Quoted

APP = "services.app.environment."
LIST = """services:
  db:
    environment: {HOST: other}
  app:
    image: x
    environment:
      - HOST=old   # c
      - "PASSWORD=$$a"
      - TAKEN
      - ZONE=${ZONE:-UTC}
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\n"


def test_a_list_reads_as_variables_of_its_service() -> None:
    found = dict(compose.entries(LIST))
    assert (found[f"{APP}HOST"], found[f"{APP}PASSWORD"], found[f"{APP}TAKEN"]) == ("old", "$a", None)
    assert compose.variables(LIST) == {f"{APP}TAKEN", f"{APP}ZONE"}


def test_an_item_keeps_its_quotes_and_its_comment_and_a_new_one_stands_below() -> None:
    new = compose.changed(LIST, {f"{APP}HOST": "h", f"{APP}PASSWORD": Quoted("$b"), f"{APP}PORT": "587"})
    assert new == LIST.replace("=old", "=h").replace("$$a", "$$b") + "      - PORT=587\n"
    assert compose.changed(new, {f"{APP}PORT": None, f"{APP}HOST": "old", f"{APP}PASSWORD": "$a"}) == LIST


def test_a_mapping_stays_one_and_a_dollar_is_doubled() -> None:
    new = compose.changed("services:\n  app:\n    environment:\n      A: b\n", {f"{APP}PASSWORD": Quoted("a$b")})
    assert new == "services:\n  app:\n    environment:\n      A: b\n      PASSWORD: 'a$$b'\n"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (LIST, "services.web.environment.HOST"),
        (LIST, f"{APP}A.B"),
        ("services:\n  app:\n    environment: []\n", f"{APP}HOST"),
        ("x: &e\n  - A=b\nservices:\n  app:\n    environment: *e\n", f"{APP}HOST"),
        (LIST + "      - HOST=again\n", f"{APP}HOST"),
        ("", f"{APP}HOST"),
    ],
)
def test_what_has_no_place_of_its_own_is_refused(text: str, key: str) -> None:
    with pytest.raises(Unwritable):
        compose.changed(text, {key: "x"})


def test_a_secret_reads_both_mappings() -> None:
    text = f"{SECRET}stringData:\n  HOST: h\ndata:\n  PASSWORD: {base64.b64encode(b'p').decode()}\n"
    assert {("HOST", "h"), ("PASSWORD", "p"), ("(kind)", "Secret")} <= set(kubernetes_secret.entries(text))


def test_an_entry_stays_where_it_is_and_a_new_one_goes_to_the_others() -> None:
    text = f"{SECRET}data:\n  HOST: aA== # c\n"
    new = kubernetes_secret.changed(text, {"HOST": "h2", "PORT": "587"})
    assert new == f"{SECRET}data:\n  HOST: aDI= # c\n  PORT: NTg3\n"
    assert kubernetes_secret.changed(SECRET, {"PORT": "587"}) == f"{SECRET}stringData:\n  PORT: '587'\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{SECRET}stringData: {{A: x}}\ndata: {{A: eA==}}\n",
        f"{SECRET}stringData: {{A: 'ENC[x]'}}\nsops: {{mac: x}}\n",
        "",
    ],
)
def test_a_secret_that_cannot_be_changed_by_hand_is_refused(text: str) -> None:
    with pytest.raises(Unwritable):
        kubernetes_secret.changed(text, {"A": "y"})


@pytest.mark.parametrize("text", ["kind: ConfigMap\ndata: {A: x}\n", f"{SECRET}data:\n  A: not base64!\n"])
def test_what_is_no_secret_is_told_without_its_text(text: str) -> None:
    with pytest.raises(Broken) as found:
        kubernetes_secret.entries(text)
    assert "base64!" not in str(found.value)
