"""What looks like a bug of ours, and is an old package."""

from __future__ import annotations

import pytest

from reconciler.cli import main, too_old

NEEDED = ("click>=8.2", "cryptography>=43", "PyYAML>=6.0.2", 'pypsrp>=0.9; extra == "windows"')


def lacking(**there: str) -> list[str]:
    known = {"click": "8.2", "cryptography": "50.0.2", "PyYAML": "6.0.2", **there}
    return list(too_old.lacking(NEEDED, known.__getitem__))


def test_what_is_too_old_is_named_with_what_is_needed() -> None:
    assert lacking(cryptography="38.0.4", click="8.1.3") == [
        "click 8.2 or newer, found 8.1.3",
        "cryptography 43 or newer, found 38.0.4",
    ]


@pytest.mark.parametrize("version", ["43", "43.0.0", "43.0.1rc1", "100"])
def test_what_is_new_enough_is_not_told(version: str) -> None:
    assert lacking(cryptography=version) == []


def test_all_that_is_installed_here_fits() -> None:
    assert too_old.told() is None


def test_it_is_told_in_one_line_in_place_of_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise AttributeError("not_valid_after_utc")

    monkeypatch.setattr(main.cli, "main", broken)
    monkeypatch.setattr(too_old, "told", lambda: "needs cryptography 43 or newer, found 38.0.4")
    assert main.run(["validate"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: needs cryptography 43 or newer, found 38.0.4")
    assert "Traceback" not in said
