"""Servers that are well pass without a warning, and find nothing to complain of in their log.

`.ci/servers` brings them; what is not there is skipped, and says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from types import ModuleType

import pytest

from reconciler.model.handshake import Status
from tests.servers import fail2ban
from tests.servers.proven import SERVERS, UNWELL, Proven, proven
from tests.servers.running import Missing

pytestmark = pytest.mark.parametrize("server", SERVERS, ids=[server.NAME for server in SERVERS])
Prove = Callable[[ModuleType], Proven]
_COMPLAINT = re.compile(
    # a server of ours is ended by signal 15
    r"warn(?!ing: Killed with signal 15)|error(?!s=0)|fatal|panic|crit|improper|lost connection|reject|denied|fail|"
    r"unexpected|did not issue|too many|timeout|timed out|non-?smtp|synchroni[sz]ation|unknown command",
    re.IGNORECASE,
)


@pytest.fixture(scope="session")
def prove(tmp_path_factory: pytest.TempPathFactory) -> Prove:
    """Each server runs once."""

    @cache
    def run(server: ModuleType) -> Proven | str:
        try:
            return proven(server, tmp_path_factory.mktemp("server") / "log")
        except Missing as missing:
            return str(missing)

    def found(server: ModuleType) -> Proven:
        if isinstance(result := run(server), str):
            pytest.skip(f"no {server.NAME}: {result}")
        return result

    return found


def test_it_passes_without_a_warning(prove: Prove, server: ModuleType) -> None:
    found = prove(server).found
    assert found
    told = [(name, one.id, one.reason) for name, each in found.items() for one in each.checks if one.status in UNWELL]
    assert (told, {each.status for each in found.values()}) == ([], {Status.PASS})
    assert all("MAIL RCPT" in each.summary for each in found.values())


def test_its_log_holds_no_complaint(prove: Prove, server: ModuleType) -> None:
    assert [line for line in prove(server).lines if _COMPLAINT.search(line)] == []


def test_no_filter_of_fail2ban_matches(prove: Prove, server: ModuleType) -> None:
    done = prove(server)
    try:
        assert set(fail2ban.matched(done.file, done.banned_by).values()) <= {0}
    except Missing as missing:
        pytest.skip(f"no fail2ban: {missing}")
