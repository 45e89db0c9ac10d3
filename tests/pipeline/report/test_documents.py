"""Documents of other commands: read, recognised, back in the model; and files that are none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import overviews

from reconciler.errors import DocumentError
from reconciler.model.answers.overview import Ended
from reconciler.model.answers.proof import Proof
from reconciler.model.outcome import Outcome, OutcomeStatus
from reconciler.pipeline.report import documents, overview
from reconciler.views import forms
from reconciler.views.paper import Paper

AT = overviews.AT
VERIFIED = [replace(one.handshake, at=AT) for one in overviews.PROOFS]


def written(folder: Path, command: str, result: object, name: str | None = None, **beside: object) -> Path:
    """As `--format json` prints it."""
    path = folder / f"{name or command}.json"
    path.write_text(forms.rendered(command, "json", result, Paper(), **{"proof": None, **beside}), "utf-8")
    return path


def read(*paths: Path) -> Any:
    return overview.from_documents([documents.read(path) for path in paths], AT)


def test_what_documents_say_is_what_the_commands_saw(tmp_path: Path) -> None:
    users = {one.handshake.relay: one.used_by for one in overviews.PROOFS}
    found = read(
        written(tmp_path, "plan", overviews.PLAN),
        written(tmp_path, "drift", overviews.EARLIER),
        written(tmp_path, "verify", VERIFIED, declared={}, users=users),
        written(tmp_path, "history", overviews.OVERVIEW.history),
    )
    assert found.plans == (overviews.PLAN, overviews.EARLIER)
    assert found.history == overviews.OVERVIEW.history
    assert [one.used_by for one in found.proofs] == [one.used_by for one in overviews.PROOFS]
    for proof, seen in zip(found.proofs, VERIFIED, strict=True):
        assert replace(proof.handshake, certificate=None) == replace(seen, certificate=None)
    assert [(one.name, one.kind, one.at, one.complete) for one in found.sources] == [
        ("plan.json", "plan", AT, False),
        ("drift.json", "plan", "2026-11-16T11:00:00Z", True),
        ("history.json", "history", None, True),
        ("verify.json", "verify", AT, True),
    ]
    assert not found.complete


def test_what_the_last_apply_did_not_write(tmp_path: Path) -> None:
    failed = overviews.FAILED
    outcomes = [
        Outcome(address=overviews.NEW.address, status=failed.status, error=failed.error),
        Outcome(address=overviews.MAIN.address, status=OutcomeStatus.UPDATED),
    ]
    beside = {"run": "8123", "at": AT, "git": None, "complete": False, "problem": None, "declared": {}}
    found = read(written(tmp_path, "apply", outcomes, **beside))
    assert found.ended == (Ended(address=str(overviews.NEW.address), status=failed.status, error=failed.error),)


def test_of_each_relay_the_newest_handshake_counts(tmp_path: Path) -> None:
    """Of `verify`, or beside a plan of `--prove`."""
    first, second = VERIFIED[:2]
    again = replace(first, at="2026-11-20T12:00:00Z", summary="again")
    proof = Proof(handshakes=(first, second), declared={}, users={}, uses=())
    newest = written(tmp_path, "verify", [again], declared={}, users={})
    found = read(newest, written(tmp_path, "plan", overviews.PLAN, proof=proof))
    assert {one.handshake.relay: one.handshake.summary for one in found.proofs} == {
        first.relay: "again",
        second.relay: second.summary,
    }
    assert found.plan == overviews.PLAN


def test_a_route_of_a_resources_own_is_the_same_to_apply_and_verify(tmp_path: Path) -> None:
    """Only `verify` names it, by the resource."""
    name = str(overviews.NEW.address)
    bare, late = replace(VERIFIED[0], relay=None), replace(VERIFIED[0], relay=name, at="2026-11-20T12:00:00Z")
    outcome = Outcome(address=overviews.NEW.address, status=OutcomeStatus.CREATED, handshake=bare)
    beside = {"run": "8123", "at": AT, "git": None, "complete": True, "problem": None, "declared": {}}
    applied = written(tmp_path, "apply", [outcome], **beside)
    verified = written(tmp_path, "verify", [late], declared={}, users={name: [name]})
    assert [one.handshake.relay for one in read(applied).proofs] == [name]
    assert [one.handshake.at for one in read(applied, verified).proofs] == [late.at]


def test_a_plan_without_a_result_says_why_and_is_none(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(forms.without_result("plan", [overviews.WARNED], at=AT)), "utf-8")
    found = read(path)
    assert (found.plan, found.complete, found.beside) == (None, False, (overviews.WARNED,))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is not JSON"),
        ("[" * 200_000, "it is not JSON"),
        ('{"runs": NaN}', "it is not JSON"),
        (r'{"runs": "\ud800"}', "it is not JSON"),
        ("[]", "it is no JSON object"),
        ('{"runs": []}', "it is not as its schema says; was it edited, or made by another version?"),
        ('{"handshakes": [{}], "complete": true, "findings": []}', "handshakes.0 is not as its schema says"),
    ],
    ids=["empty", "deep", "nan", "surrogate", "list", "incomplete", "edited"],
)
def test_what_is_no_document_is_refused_with_a_reason(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, "utf-8")
    with pytest.raises(DocumentError) as caught:
        documents.read(path)
    assert caught.value.why is not None
    assert caught.value.why.startswith(why)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("content", "what"), [(None, "No such file or directory"), ('{"checks": []}', "no report is made from")]
)
def test_a_file_that_is_not_there_and_one_of_another_command(tmp_path: Path, content: str | None, what: str) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(DocumentError, match=what):
        documents.read(path)


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        ("prod/shop:settings", "nowhere", "changes.3.address is not as its schema says"),
        ("2026-11-02T08:00:00Z", "yesterday", "applied_at 'yesterday' is no time"),
        ("2026-11-02T08:00:00Z", "2026-11-02T08:00:00", "applied_at '2026-11-02T08:00:00' is no time"),
        ("2026-12-01", "2026-12-32", "until '2026-12-32' is no time"),
    ],
)
def test_what_was_edited_is_told(tmp_path: Path, was: str, becomes: str, why: str) -> None:
    path = written(tmp_path, "plan", overviews.PLAN)
    path.write_text(path.read_text("utf-8").replace(was, becomes), "utf-8")
    with pytest.raises(DocumentError) as caught:
        read(path)
    assert caught.value.why is not None
    assert caught.value.why.startswith(why)


def test_a_step_of_an_unknown_run_is_told(tmp_path: Path) -> None:
    """What no schema can say."""
    path = tmp_path / "history.json"
    step = dict.fromkeys(("status", "error", "proof", "word")) | {
        "journal": "lost",
        "address": "a",
        "action": "x",
        "fields": [],
    }
    path.write_text(
        json.dumps({"complete": True, "findings": [], "runs": [], "steps": [step], "faults": None}), "utf-8"
    )
    with pytest.raises(DocumentError, match="one is incomplete or was edited"):
        read(path)
