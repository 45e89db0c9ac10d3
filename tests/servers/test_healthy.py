"""Servers that are well pass without a warning, and find nothing to complain of in their log.

`.ci/servers` brings them; what is not there is skipped, and says why.
"""

from __future__ import annotations

import re

import pytest

from reconciler.model.handshake import Status
from tests.servers import fail2ban
from tests.servers.proven import SERVERS, UNWELL, Proven, proven
from tests.servers.running import Missing

_COMPLAINT = re.compile(
    # a server of ours is ended by signal 15
    r"warn(?!ing: Killed with signal 15)|error(?!s=0)|fatal|panic|crit|improper|lost connection|reject|denied|fail|"
    r"unexpected|did not issue|too many|timeout|timed out|non-?smtp|synchroni[sz]ation|unknown command",
    re.IGNORECASE,
)

# Dovecot's process that hands out the configuration gives up on a busy machine, and another one takes its place
_ITS_OWN = re.compile(r"service\(config\): child \d+ returned error 89")


@pytest.fixture(scope="module", params=SERVERS, ids=[server.NAME for server in SERVERS])
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proven:
    """Each server runs once for all tests."""
    try:
        return proven(request.param, tmp_path_factory.mktemp("server") / "log")
    except Missing as missing:
        pytest.skip(f"no {request.param.NAME}: {missing}")


def test_it_passes_without_a_warning(done: Proven) -> None:
    assert done.found
    told = [
        (name, one.id, one.reason) for name, each in done.found.items() for one in each.checks if one.status in UNWELL
    ]
    assert (told, {each.status for each in done.found.values()}) == ([], {Status.PASS})
    assert all("MAIL RCPT" in each.summary for each in done.found.values())


def test_its_log_holds_no_complaint(done: Proven) -> None:
    assert [line for line in done.lines if _COMPLAINT.search(line) and not _ITS_OWN.search(line)] == []


def test_no_filter_of_fail2ban_matches(done: Proven) -> None:
    try:
        assert set(fail2ban.matched(done.file, done.banned_by).values()) <= {0}
    except Missing as missing:
        pytest.skip(f"no fail2ban: {missing}")
