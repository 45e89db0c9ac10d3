from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.secret import SecretValue
from reconciler.secrets.redact import SHORTEST, Redactor


@pytest.fixture
def redactor(canary: str) -> Redactor:
    redactor = Redactor()
    redactor.add(SecretValue(canary))
    return redactor


@pytest.fixture
def output(redactor: Redactor) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(redactor)
    logger = logging.Logger("redacted", level=logging.DEBUG)
    logger.addHandler(handler)
    yield logger, stream
    handler.close()


FORMS = {
    "plain": str,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "URL": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "JSON": json.dumps,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_log_shows_no_form_of_the_secret(output, canary: str, form) -> None:
    logger, stream = output
    logger.debug("sent %s to the relay", form(canary))
    assert form(canary).strip('"') not in stream.getvalue()
    assert "***" in stream.getvalue()
    assert "to the relay" in stream.getvalue()


def test_log_shows_no_secret_of_an_exception(output, canary: str) -> None:
    logger, stream = output
    try:
        {}[canary]
    except KeyError:
        logger.exception("failed")
    assert "KeyError: '***'" in stream.getvalue()


def test_short_secrets_are_left_alone() -> None:
    redactor = Redactor()
    redactor.add(SecretValue("a" * (SHORTEST - 1)))
    assert redactor.redacted("banana") == "banana"


@given(st.text(min_size=8), st.text(max_size=20), st.text(max_size=20))
def test_base64_is_found_wherever_the_secret_starts(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.add(SecretValue(secret))
    encoded = base64.b64encode(f"{before}\0{secret}{after}".encode()).decode()
    assert redactor.redacted(encoded) != encoded
