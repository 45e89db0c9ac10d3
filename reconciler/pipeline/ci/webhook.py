"""A message to a webhook. Its address is a secret: opened when the message is sent, and in no message of ours."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from reconciler.errors import ReconcilerError, SecretError, UsageError
from reconciler.model.ports import Opener
from reconciler.model.secret import DEFAULT_STORE, ENV_STORE, SecretRef, SecretValue

KINDS = ("slack", "teams", "json")
_SECONDS = 15.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class WebhookError(ReconcilerError):
    """The webhook cannot be reached, or refuses."""

    rule = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    kind: str
    ref: SecretRef

    def __str__(self) -> str:
        """As it was typed."""
        said = f"env:{self.ref.path}" if self.ref.store == ENV_STORE else f"vault:{self.ref}"
        return f"{self.kind}={said}"


def parsed(text: str) -> Webhook:
    """`slack=env:NAME` or `teams=vault:PATH#FIELD`. Raises UsageError."""
    kind, _, said = text.partition("=")
    store, _, name = said.partition(":")
    path, _, key = name.partition("#")
    if kind in KINDS and store == "env" and name:
        return Webhook(kind=kind, ref=SecretRef(store=ENV_STORE, path=name))
    if kind in KINDS and store == "vault" and path and key:
        return Webhook(kind=kind, ref=SecretRef(store=DEFAULT_STORE, path=path, key=key))
    # not repeated: it may be the address itself
    raise UsageError(
        "--webhook: expected KIND=env:NAME or KIND=vault:PATH#FIELD",
        why=f"KIND is one of {', '.join(KINDS)}, and the address is a secret: a command line shows it to others",
        fix="e.g. --webhook slack=env:SLACK_WEBHOOK",
    )


def send(webhook: Webhook, message: Mapping[str, Any], opener: Opener, *, hide: Callable[[SecretValue], None]) -> None:
    """One POST, which follows no redirect. `hide` is given what else of the address may be in no log.

    Raises WebhookError.
    """
    from reconciler.network import session  # 60 ms that a night without a message does not need
    from reconciler.network.failure import FAILURES, reason

    url = _address(webhook, opener)
    _check(webhook, url, hide)
    body = json.dumps(message).encode()
    headers = {"Content-Type": "application/json"}
    deadline = time.monotonic() + _SECONDS
    try:
        with session.of_environment(url) as opened:
            status, _, _ = session.send(opened, "POST", url, headers=headers, body=body, deadline=deadline)
    except FAILURES as error:
        raise _failed(webhook, reason(error)) from None
    if not 200 <= status < 300:
        raise _failed(webhook, f"it answers {status}")


def _address(webhook: Webhook, opener: Opener) -> str:
    """Raises WebhookError, with the reason that the store gives."""
    try:
        return opener.open(webhook.ref).reveal().strip()
    except SecretError as error:
        raise WebhookError(f"--webhook {webhook}: {error.what}", why=error.why, fix=error.fix) from error


def _check(webhook: Webhook, url: str, hide: Callable[[SecretValue], None]) -> None:
    """Raises WebhookError for what is no address, and for one that would show it on the way."""
    try:
        where = urlsplit(url)
        safe = where.scheme == "https" or (where.scheme == "http" and where.hostname in _LOOPBACK)
    except ValueError:
        safe = False
    if not safe or not where.hostname:
        raise WebhookError(
            f"--webhook {webhook}: its value is no https address", fix="store the address as Slack or Teams shows it"
        )
    hide(SecretValue(where.path))
    hide(SecretValue(where.query))


def _failed(webhook: Webhook, why: str) -> WebhookError:
    return WebhookError(
        f"--webhook {webhook}: the message was not taken",
        why=why,
        fix="check that the webhook is still there; the next run sends it again",
    )
