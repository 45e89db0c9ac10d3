"""A whole run through a worker: what it reads, proves and writes is as in-process, and no secret leaves the zone."""

from __future__ import annotations

from typing import Any


def test_a_run_through_a_worker_creates_updates_and_ends_in_sync(outside: Any) -> None:
    created = outside.site.apply()
    assert [one.status for one in created.values()] == ["created"]
    outside.console["mail_servers"]["main"]["priority"] = 20
    outside.write()
    assert [one.status for one in outside.site.apply().values()] == ["updated"]
    assert outside.rows()[-1]["sequence"] == 20
    assert [change.action for change in outside.site.plan().changes] == ["none"]
