"""`report`: one page out of documents, or of one run; and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ODOO, SHOP = "dev/openspp:mail_servers[main]", "dev/shop:settings"


def documents(site: Any) -> list[str]:
    names = []
    for command in ("plan", "verify", "explain", "history"):
        names.append(f"{command}.json")
        (site.folder / names[-1]).write_text(site.run(command, "--format", "json").out, encoding="utf-8")
    return names


def body(page: str) -> list[str]:
    """Without the times and sizes of this run: what each resource is at, who sends, what needs attention."""
    kept = ("needs", "matrix", "senders", "changes", "resources")
    return [part.partition("</section>")[0] for part in page.split("<section ") if part[4:].startswith(kept)]


def test_documents_make_the_same_page_as_one_run(site: Any) -> None:
    assert site.run("apply", "--auto-approve").code == 0
    (site.folder / "apps/dev/shop.env").write_text("SMTP_PORT=25\n", encoding="utf-8")
    told = site.run("report", *documents(site), "--out", "files.html")
    run = site.run("report", "--prove", "--out", "run.html", role="apply")
    assert (told.code, run.code) == (0, 0)
    assert told.out.splitlines()[0] == run.out.splitlines()[0]
    assert told.out.startswith("The relay works. 1 of 2 resources as declared; 1 drifted.\nWrote files.html (")
    pages = [(site.folder / name).read_text("utf-8") for name in ("files.html", "run.html")]
    assert len(body(pages[0])) == 5
    assert body(pages[0]) == body(pages[1])
    assert all(">History</h2>" in page and ">dev/submission</h3>" in page for page in pages)


def test_documents_need_neither_files_nor_anybody(site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [str(site.folder / name) for name in documents(site)]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    site.tokens["plan"] = "none"
    assert site.run("report", *names).code == 0
    assert (tmp_path / "elsewhere/report.html").stat().st_size > 10_000


def test_its_own_document(site: Any) -> None:
    told = site.run("report", *documents(site), "--format", "json").json
    assert (told["file"], told["states"], told["relays"]) == ("report.html", {"to apply": 2}, {"pass": 1})
    assert told["bytes"] == (site.folder / "report.html").stat().st_size
    assert [one["kind"] for one in told["sources"]] == ["plan", "explain", "history", "verify"]


@pytest.mark.parametrize("option", [("--prove",), ("--select", "dev"), ("--root", "environments")])
def test_documents_and_a_run_are_two_things(site: Any, option: tuple[str, ...]) -> None:
    ended = site.run("report", "plan.json", *option)
    assert (ended.code, f"{option[0]} cannot be combined with DOCUMENT" in ended.err) == (64, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("lost.json",), 3, "lost.json: No such file or directory"),
        (("environments/reconciler.yaml",), 3, "it is not JSON"),
        (("--out", "nowhere/report.html"), 64, "there is no folder nowhere"),
        (("--out", "."), 64, "this is a folder"),
    ],
)
def test_what_it_cannot_do_is_told_and_nothing_is_written(
    site: Any, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = site.run("report", *arguments)
    assert (ended.code, said in ended.err) == (code, True)
    assert not list(site.folder.glob("*.html"))


def test_on_a_pull_request_only_documents_are_looked_at(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names = documents(site)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    assert site.run("report", *names).code == 0
    refused = site.run("report")
    assert (refused.code, "report" in refused.err) == (64, True)
