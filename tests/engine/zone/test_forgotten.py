"""Answers that nobody can ask for any more do not stay in the zone's Vault."""

from __future__ import annotations

from typing import Any

from reconciler.engine.claims.times import KEPT
from reconciler.engine.envelope.message import Op


def claims(outside: Any) -> dict[str, dict[str, Any]]:
    path, vault = outside.zone.settings["claims"]["path"], outside.zone.vault
    names = vault.api("LIST", f"secret/metadata/{path}")["data"]["keys"]
    return {f"{path}/{name}": vault.api("GET", f"secret/data/{path}/{name}")["data"]["data"] for name in names}


def test_an_hour_later_a_worker_has_forgotten_what_it_answered(outside: Any) -> None:
    outside.apply()
    (*kept,) = claims(outside).items()
    assert all(one["answer"] for _, one in kept)
    for path, one in kept:
        outside.zone.vault.put(path, **{**one, "ended": one["ended"] - KEPT - 1})
    outside.zone.started()
    proven = outside.zone.last(Op.PROVE)
    outside.zone.send(proven)
    outside.zone.worker.close()  # it ends what it has begun
    assert [one["answer"] for one in claims(outside).values()] == [""] * len(kept)
    assert len(kept) == 2


def test_without_the_vault_it_is_tried_again_later(outside: Any, caplog: Any) -> None:
    outside.zone.settings["secret_stores"]["default"] |= {"address": "http://127.0.0.1:1", "timeout": 0.2}
    outside.zone.started()
    outside.zone.ask(Op.SETTLE)
    outside.zone.worker.close()
    assert "old answers in the claims are not forgotten" in caplog.text
