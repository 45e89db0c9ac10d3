"""Lines go into `connection.keys` and nowhere else: comments, order and line ends stay."""

from __future__ import annotations

import pytest

from reconciler.errors import InvalidError
from reconciler.pipeline.adopt.insert_keys import with_keys

LINES = {"host": "{key: k-1, type: Text}  # check it", "port": "k-2"}

HEAD = "# a comment\nplatform: p\nconnection:   # how\n  portal: x\n"
ADDED = "    host: {key: k-1, type: Text}  # check it\n    port: k-2\n"
DEEPER = "      host: {key: k-1, type: Text}  # check it\n      port: k-2\n"
STAGE = HEAD + "  stage: Test   # the name\n"
BELOW = "\n# below\nstage: {}\n"
BY_HAND = HEAD + "  keys:\n      # by hand\n      name: k-9   # mine\n"
NESTED = HEAD + "  keys:\n    auth:\n      key: a\n      values: {basic: B}\n"
NOTE = HEAD + "  note: |\n    one\n    two\n"
# before, after
CASES = {
    "no keys yet": (STAGE + BELOW, STAGE + "  keys:\n" + ADDED + BELOW),
    "line ends of Windows": tuple(
        text.replace("\n", "\r\n") for text in (STAGE + BELOW, STAGE + "  keys:\n" + ADDED + BELOW)
    ),
    "some keys": (BY_HAND + "  # after\n" + BELOW, BY_HAND + DEEPER + "  # after\n" + BELOW),
    "keys of several lines": (NESTED + BELOW, NESTED + ADDED + BELOW),
    "at the end, without a last line break": (STAGE.rstrip("\n"), STAGE + "  keys:\n" + ADDED),
    "a block of text at the end": (NOTE + "stage: {}\n", NOTE + "  keys:\n" + ADDED + "stage: {}\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_lines_are_added_and_all_else_stays(name: str) -> None:
    before, after = CASES[name]
    assert with_keys(before, LINES, file="f.yaml") == after


@pytest.mark.parametrize(
    "text",
    [
        "connection: {portal: x}\n",
        "connection:\n  portal: x\n  keys: {name: k}\n",
        "connection:\n  keys: {}\n",
        "connection:\n  portal: x\n  keys:\n    host: k-0\n",
        "stage: {}\n",
    ],
    ids=["flow", "keys as flow", "empty keys", "mapped already", "no connection"],
)
def test_what_cannot_be_added_to_is_left_to_a_person(text: str) -> None:
    with pytest.raises(InvalidError, match=r"f\.yaml: cannot add keys"):
        with_keys(text, LINES, file="f.yaml")
