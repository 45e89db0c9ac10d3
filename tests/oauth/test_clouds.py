"""The clouds of Microsoft: the data, and the page that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS

from reconciler.errors import TokenRefused
from reconciler.model.handshake import OAuth2
from reconciler.oauth import clouds

PAGE = Path(__file__).parents[2] / "docs" / "oauth.md"


@pytest.mark.parametrize(
    ("written", "host", "scope"),
    [
        (None, "login.microsoftonline.com", "https://outlook.office365.com/.default"),
        ("AzurePublicCloud", "login.microsoftonline.com", "https://outlook.office365.com/.default"),
        ("AzureUSGovernment", "login.microsoftonline.us", "https://outlook.office365.us/.default"),
        ("AzureChinaCloud", "login.partner.microsoftonline.cn", "https://partner.outlook.cn/.default"),
        ("https://login.microsoftonline.us/", "login.microsoftonline.us", "https://outlook.office365.us/.default"),
        ("login.chinacloudapi.cn", "login.chinacloudapi.cn", "https://partner.outlook.cn/.default"),
        ("Login.Example.com", "login.example.com", "https://outlook.office365.com/.default"),
    ],
)
def test_host_and_scope_of_what_is_written(written: str | None, host: str, scope: str) -> None:
    found = clouds.complete(OAuth2(provider="entra", client_id="app", authority_host=written))
    assert (found.authority_host, found.scope) == (host, scope)


def test_declared_scope_wins() -> None:
    found = clouds.complete(OAuth2(provider="entra", client_id="app", scope="https://outlook.office.com/.default"))
    assert found.scope == "https://outlook.office.com/.default"


def test_cloud_without_a_known_scope_asks_for_one() -> None:
    with pytest.raises(TokenRefused, match="no scope is known") as caught:
        clouds.complete(OAuth2(provider="entra", client_id="app", authority_host="login.sovcloud-identity.fr"))
    assert "scope" in str(caught.value.fix)


def test_every_host_is_known_to_msal() -> None:
    """Else it would ask login.microsoftonline.com about the host."""
    assert set(clouds.HOSTS) - {"login.microsoft.com"} <= set(WELL_KNOWN_AUTHORITY_HOSTS)


def test_page_shows_the_table() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")


def table() -> str:
    lines = ["| cloud | authority_host | login host | scope | SMTP host | federated audience | evidence | unverified |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for cloud in clouds.CLOUDS:
        cells = [cloud.title, cloud.authority, cloud.host, cloud.scope or "?", cloud.smtp_host or "?"]
        doubts = f"**UNVERIFIED** {'; '.join(cloud.doubts)}" if cloud.doubts else ""
        lines.append(f"| {' | '.join([*cells, cloud.audience, cloud.evidence, doubts])} |")
    return "\n".join(lines)
