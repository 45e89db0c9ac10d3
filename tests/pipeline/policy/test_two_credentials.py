"""One user of one server has one credential; behind each port of loopback is another server."""

from __future__ import annotations

import pytest
from support.values import place

from reconciler.model.plan import Stage
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Origin
from reconciler.pipeline.policy import rules
from reconciler.pipeline.policy.subjects import Subject


def subject(host: str, port: int, path: str, **more: str) -> Subject:
    settings = {"host": host, "port": port, "username": "app", "password": SecretRef(store="default", path=path)}
    settings |= {key.replace("__", "."): value for key, value in more.items()}
    return Subject(
        of_resource=False,
        address="dev/relay",
        settings=settings,  # type: ignore[arg-type]
        origin={field: Origin(position=place(), through="here") for field in settings},
        position=place(),
        stage=Stage(name="dev", order=10, protected=False),
    )


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        (subject("smtp.example.com", 587, "a"), subject("SMTP.example.com.", 465, "b"), 1),
        (subject("localhost", 2507, "a"), subject("localhost", 2507, "b"), 1),
        (subject("localhost", 2507, "a"), subject("localhost", 2504, "b"), 0),
        (subject("127.0.0.1", 25, "a"), subject("127.0.0.1", 25, "b", verify__via="ssh://bastion"), 0),
        (subject("smtp.example.com", 587, "a"), subject("smtp.example.com", 465, "a"), 0),
    ],
    ids=["one host", "one port of loopback", "two ports of loopback", "loopback elsewhere", "one credential"],
)
def test_a_second_credential_of_one_server_is_an_error(one: Subject, other: Subject, count: int) -> None:
    assert len(list(rules.two_credentials([one, other]))) == count
