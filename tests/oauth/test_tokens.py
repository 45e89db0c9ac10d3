"""One answer per question in a run, for all threads; refusals too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from lab.servers.entra.faults import FAULTS
from lab.servers.entra.server import EntraServer
from support.entra_clients import Clock, Vault, ref

from reconciler.errors import TokenBusy, TokenError, TokenRefused, TokenUnreachable
from reconciler.model.handshake import OAuth2
from reconciler.oauth.tokens import Tokens
from reconciler.secrets.redact import Redactor

Make, Ask = Callable[..., Tokens], Callable[..., OAuth2]


def test_many_threads_and_relays_cost_one_request(entra: EntraServer, tokens: Make, question: Ask) -> None:
    all_tokens = tokens()
    spelled = [question(), question(scope="https://outlook.office365.com/.default"), question(authority_host=None)]
    spelled[2] = question(authority_host=f"https://{entra.authority_host}/")
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(all_tokens.token, spelled * 20))
    assert len({token.value.reveal() for token in found}) == 1
    assert len(entra.asked) == 1


def test_another_credential_is_another_question(entra: EntraServer, tokens: Make, question: Ask, vault: Vault) -> None:
    vault.values[ref("wrong")] = "c4nary-wrong"
    all_tokens = tokens()
    all_tokens.token(question())
    with pytest.raises(TokenRefused, match="secret is wrong"):
        all_tokens.token(question(client_secret=ref("wrong")))


def test_another_way_to_the_server_is_another_question(entra: EntraServer, tokens: Make, question: Ask) -> None:
    """A relay whose CA is wrong must not pass because another one's is right, nor the other way round."""
    all_tokens = tokens()
    for _ in range(2):
        with pytest.raises(TokenUnreachable):
            all_tokens.token(question(ca_file=None))
        assert all_tokens.token(question()).claims
    assert len(entra.asked) == 1


def test_refusal_is_asked_once(entra: EntraServer, tokens: Make, question: Ask, clock: Clock) -> None:
    all_tokens, asked = tokens(), question(client_secret=ref("passphrase"))
    for _ in range(3):
        with pytest.raises(TokenRefused, match="secret is wrong"):
            all_tokens.token(asked)
        clock.now += 3600
    assert len(entra.asked) == 1


def test_remembered_failure_holds_no_request(entra: EntraServer, tokens: Make, question: Ask) -> None:
    all_tokens, entra.fault = tokens(), FAULTS["slow"]
    with pytest.raises(TokenError) as caught:
        all_tokens.token(question())
    assert caught.value.__cause__ is caught.value.__context__ is None
    remembered = next(iter(all_tokens._slots.values())).found
    assert isinstance(remembered, TokenError)
    assert remembered.__traceback__ is None


def test_passing_failure_stands_as_long_as_the_server_asked(
    entra: EntraServer, tokens: Make, question: Ask, clock: Clock
) -> None:
    all_tokens, entra.fault = tokens(), FAULTS["busy"]
    for _ in range(2):
        with pytest.raises(TokenBusy):
            all_tokens.token(question())
    assert len(entra.asked) == 1
    entra.fault, clock.now = None, clock.now + 31
    assert all_tokens.token(question()).claims


@pytest.mark.parametrize(("passed", "requests"), [(3200, 1), (3400, 2)], ids=["6 minutes left", "3 minutes left"])
def test_token_is_fetched_anew_before_it_ends(
    passed: float, requests: int, entra: EntraServer, tokens: Make, question: Ask, clock: Clock
) -> None:
    all_tokens = tokens()
    all_tokens.token(question())
    clock.now += passed
    all_tokens.token(question())
    assert len(entra.asked) == requests


def test_token_is_added_to_the_redactor(tokens: Make, question: Ask, caplog: pytest.LogCaptureFixture) -> None:
    redactor = Redactor()
    token = tokens(redactor=redactor).token(question())
    caplog.handler.addFilter(redactor)
    logging.getLogger("test").warning("token=%s", token.value.reveal())
    caplog.handler.removeFilter(redactor)
    assert "token=***" in caplog.text


def test_token_is_nowhere_in_what_tokens_shows(tokens: Make, question: Ask) -> None:
    all_tokens = tokens()
    token = all_tokens.token(question())
    assert token.value.reveal() not in repr(all_tokens) + repr(vars(all_tokens)) + f"{token}"


def test_unknown_provider_is_refused(tokens: Make, question: Ask) -> None:
    with pytest.raises(TokenError, match=r"unknown oauth2\.provider: acme"):
        tokens().token(question(provider="acme"))
