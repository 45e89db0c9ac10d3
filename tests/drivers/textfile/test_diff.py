"""The lines that a write would change, without a secret on either side."""

from __future__ import annotations

import pytest

from reconciler.drivers.textfile.diff import lines

CASES = [
    pytest.param(
        "dotenv",
        "any",
        "DB=other\nHOST=old # set by hand\nPW='hunter2' # before: hunter1\n",
        {"HOST": "new", "PW": "n"},
        ["-HOST=old # set by hand", "-PW='***before***'", "+HOST=new # set by hand", "+PW='***after***'"],
        id="dotenv",
    ),
    pytest.param(
        "yaml",
        "yaml",
        "db: {password: hunter0}\nmail:\n  host: old\n  password: hunter2\n",
        {"mail.host": "new", "mail.password": "n"},
        ["-  host: old", "-  password: '***before***'", "+  host: new", "+  password: '***after***'"],
        id="yaml",
    ),
    pytest.param(
        "json",
        "json",
        '{"mail": {"host": "old", "password": "hunter2"}, "db": {"password": "hunter0"}}',
        {"mail.host": "new"},
        ["-(a line with several keys, not shown)", "+(a line with several keys, not shown)"],
        id="json-on-one-line",
    ),
    pytest.param("dotenv", "any", "PW=hunter2\n", {"PW": None}, ["-PW='***before***'"], id="secret-that-goes"),
    pytest.param(
        "dotenv", "any", "PW='a\nhunter2'\n", {"PW": "n"}, ["-PW='***before***'", "+PW='***after***'"], id="lines"
    ),
]


@pytest.mark.parametrize(("form", "reader", "text", "changes", "expected"), CASES)
def test_changed_lines_are_shown_and_secrets_are_not(
    form: str, reader: str, text: str, changes: dict[str, object], expected: list[str]
) -> None:
    found = list(lines(form, reader, text, changes, {"PW", "mail.password"}, "f"))  # type: ignore[arg-type]
    assert [line for line in found if not line.startswith(("---", "+++", "@@"))] == expected
    assert "hunter" not in "".join(found)
