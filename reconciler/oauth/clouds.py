"""The clouds of Microsoft as data: where tokens come from, and what they are asked for. Every value can be overridden.

Evidence: D Microsoft's documentation, S Microsoft's source (hosts: msal 1.39; audiences: @azure/identity), P other
public sources, K general knowledge. What is in `doubts` was not confirmed: verify it in your tenant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.errors import TokenRefused
from reconciler.model.handshake import OAuth2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """`authority` is what a file may name it by; `host` is what that stands for. `scope` None: nobody has told it."""

    title: str
    authority: str
    host: str
    scope: str | None
    smtp_host: str | None
    audience: str = "api://AzureADTokenExchange"  # of a federated identity token
    aliases: tuple[str, ...] = ()
    evidence: str
    doubts: tuple[str, ...] = ()


# Where two share a host, the first gives its default scope.
CLOUDS = (
    Cloud(
        title="worldwide",
        authority="AzurePublicCloud",
        host="login.microsoftonline.com",
        scope="https://outlook.office365.com/.default",
        smtp_host="smtp.office365.com",
        aliases=("login.microsoft.com", "login.windows.net", "sts.windows.net"),
        evidence="D, P; host and audience S",
    ),
    Cloud(
        title="US Government GCC",
        authority="AzurePublicCloud",
        host="login.microsoftonline.com",
        scope="https://outlook.office365.com/.default",
        smtp_host="smtp.office365.com",
        evidence="K: as worldwide",
    ),
    Cloud(
        title="US Government GCC High",
        authority="AzureUSGovernment",
        host="login.microsoftonline.us",
        scope="https://outlook.office365.us/.default",
        smtp_host="smtp.office365.us",
        audience="api://AzureADTokenExchangeUSGov",
        aliases=("login.usgovcloudapi.net",),
        evidence="P; host and audience S; Exchange host D",
    ),
    Cloud(
        title="US Government DoD",
        authority="AzureUSGovernment",
        host="login.microsoftonline.us",
        scope="https://outlook.office365.us/.default",
        smtp_host="outlook-dod.office365.us",
        audience="api://AzureADTokenExchangeUSGov",
        evidence="P, a single source; host and audience S",
        doubts=("scope: verify", "SMTP host: verify"),
    ),
    Cloud(
        title="China (21Vianet)",
        authority="AzureChinaCloud",
        host="login.partner.microsoftonline.cn",
        scope="https://partner.outlook.cn/.default",
        smtp_host="smtp.partner.outlook.cn",
        audience="api://AzureADTokenExchangeChina",
        aliases=("login.chinacloudapi.cn",),  # deprecated, says msal
        evidence="P; host and audience S; Exchange host D",
        doubts=("SMTP host: sources disagree, one has partner.outlook.cn",),
    ),
    *(
        Cloud(
            title=f"sovereign {country}",
            authority=f"login.sovcloud-identity.{domain}",
            host=f"login.sovcloud-identity.{domain}",
            scope=None,
            smtp_host=None,
            audience=f"api://AzureADTokenExchange{audience}",
            evidence="host and audience S",
            doubts=("scope: unknown", "SMTP host: unknown"),
        )
        for country, domain, audience in (
            ("France", "fr", "France"),
            ("Germany", "de", "Germany"),
            ("Singapore", "sg", "GovSG"),
        )
    ),
)
DEFAULT = CLOUDS[0]
HOSTS = frozenset(host for cloud in CLOUDS for host in (cloud.host, *cloud.aliases))
# Exchange Online, as `aud` may name it: the resources of the scopes, and the application's own id (K)
EXCHANGE = frozenset(
    {cloud.scope.removesuffix("/.default") for cloud in CLOUDS if cloud.scope} | {"https://outlook.office.com"}
)
EXCHANGE_ID = "00000002-0000-0ff1-ce00-000000000000"


def host(authority: str | None) -> str:
    """The host behind a name of a cloud, a host name or its https address."""
    if authority is None:
        return DEFAULT.host
    named = next((cloud.host for cloud in CLOUDS if cloud.authority == authority), None)
    return named or authority.removeprefix("https://").rstrip("/").lower()


def cloud(host_name: str) -> Cloud | None:
    """The cloud of a host; None for one that is not Microsoft's, as far as we know."""
    return next((cloud for cloud in CLOUDS if host_name in (cloud.host, *cloud.aliases)), None)


def is_exchange(audience: str) -> bool:
    """Whether a token with this audience is one for Exchange Online."""
    return audience.rstrip("/") in EXCHANGE or audience == EXCHANGE_ID


def complete(oauth2: OAuth2) -> OAuth2:
    """With host and scope filled in, so that equal questions are equal.

    Raises TokenRefused for a cloud whose scope is not known.
    """
    name = host(oauth2.authority_host)
    scope = oauth2.scope or (cloud(name) or DEFAULT).scope
    if scope is None:
        raise TokenRefused(
            f"{name}: no scope is known for this cloud",
            why="its scope for Exchange Online was not published when this was written",
            fix="oauth2: {scope: https://<Exchange host of the cloud>/.default}",
        )
    return replace(oauth2, authority_host=name, scope=scope)
