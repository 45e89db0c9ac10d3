"""Mail in clear text, without a login: told before an apply refuses it."""

from __future__ import annotations

import pytest
from support.values import place

from reconciler.model.finding import Severity
from reconciler.model.handshake import Policy
from reconciler.model.plan import Stage
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Origin
from reconciler.pipeline.policy import rules
from reconciler.pipeline.policy.subjects import Subject

CLEAR = {"host": "smtp4dev", "port": 25, "encryption": "none", "auth": "none"}


def told(policy: Policy | None = None, *, through: str = "here", **more: object) -> list[tuple[Severity, str]]:
    """Of a relay, or through a relay of a resource that names one."""
    settings = {**CLEAR, **{key.replace("__", "."): value for key, value in more.items()}}
    subject = Subject(
        of_resource=through != "here",
        address="dev/catcher",
        settings=settings,  # type: ignore[arg-type]
        origin={field: Origin(position=place(), through=through) for field in settings},
        position=place(),
        stage=Stage(name="dev", order=10, protected=False),
        relay=None if through == "here" else "dev/catcher",
    )
    found = rules.findings(subject, policy or Policy())
    return [(one.severity, one.what) for one in found if one.rule == "plaintext-mail"]


def test_it_is_a_warning() -> None:
    assert told() == [
        (
            Severity.WARNING,
            "encryption: none would send mail to smtp4dev in clear text, and apply refuses that (SMTP001)",
        )
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"host": "localhost"},
        {"encryption": "starttls"},
        {"verify__from": "platform"},
        {"verify__checks.SMTP001": "warn"},
    ],
    ids=["this machine", "TLS", "not from here", "lowered"],
)
def test_it_is_none_where_apply_refuses_nothing(more: dict[str, object]) -> None:
    assert told(**more) == []


def test_it_is_none_where_the_policy_allows_the_host() -> None:
    assert told(Policy(plaintext_hosts=("smtp4dev",))) == []


def test_a_resource_says_nothing_of_what_its_relay_brings() -> None:
    assert told(through="relay catcher") == []


def test_a_login_is_told_as_such() -> None:
    ref = SecretRef(store="env", path="PW", key=None)
    assert told(auth="basic", username="u", password=ref) == []
