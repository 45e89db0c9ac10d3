"""Why an exchange failed, in the same words on every Python."""

from __future__ import annotations

from http.client import HTTPException, IncompleteRead

import pytest
import requests
import urllib3

from reconciler.network import failure


def lost(cause: Exception) -> requests.ConnectionError:
    """As requests and urllib3 nest what http.client raises."""
    return requests.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", cause))


@pytest.mark.parametrize(
    ("cause", "endless"),
    [
        (HTTPException("got more than 100 informational responses"), True),  # Python 3.14, of `100 Continue` for ever
        (HTTPException("got more than 100 headers"), False),
        (IncompleteRead(b""), False),
        (ConnectionResetError(104, "Connection reset by peer"), False),
    ],
)
def test_a_server_that_continues_for_ever_did_not_answer_in_time(cause: Exception, endless: bool) -> None:
    assert failure.timed_out(lost(cause)) is endless
    assert failure.reset(lost(cause)) is not endless
