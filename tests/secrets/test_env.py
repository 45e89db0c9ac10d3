from __future__ import annotations

import pytest

from reconciler.errors import SecretMissing
from reconciler.model.secret import SecretRef
from reconciler.secrets import env

REF = SecretRef(store="env", path="SMTP_PASSWORD")


def test_opened_is_the_variable(canary: str) -> None:
    assert env.opened(REF, {"SMTP_PASSWORD": canary}).reveal() == canary


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        pytest.param({}, "environment variable SMTP_PASSWORD is not set", id="not set"),
        pytest.param({"SMTP_PASSWORD": ""}, "environment variable SMTP_PASSWORD is empty", id="empty"),
    ],
)
def test_opened_names_the_variable_that_is_missing(environ: dict[str, str], says: str) -> None:
    with pytest.raises(SecretMissing, match=says):
        env.opened(REF, environ)
