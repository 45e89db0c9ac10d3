"""A SharePoint farm in memory: what its cmdlets do, by version, as Microsoft documents it. Not proof of a real farm.

`modules/sharepoint.cs` is the same for a real PowerShell; a test holds the two together by the recordings.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lab.servers.windows import languages

VERSIONS = ("2013", "2016", "2019", "SE")
BUILDS = {"2013": "15.0.4805.1000", "2016": "16.0.4456.1000", "2019": "16.0.10337.12109", "SE": "16.0.18526.20172"}
_MATRIX = {  # parameters of Set-SPWebApplication's set UpdateMailSettings, by the version that brought them
    "2013": ("SMTPServer", "OutgoingEmailAddress", "ReplyToEmailAddress"),
    "2016": ("SMTPServerPort", "DisableSMTPEncryption", "NotProvisionGlobally"),
    "2019": ("SMTPCredentials",),
    "SE": ("Certificate",),
}
CONFLICT = "Microsoft.SharePoint.Administration.SPUpdatedConcurrencyException"
CENTRAL = "http://ca.contoso.example:2016/"


@dataclass(slots=True, kw_only=True)
class Farm:
    """`state` is what people see of it, as JSON has it; passwords are in it too."""

    version: str = "2019"
    state: dict[str, Any] = field(default_factory=dict)

    def has(self, version: str) -> bool:
        return VERSIONS.index(self.version) >= VERSIONS.index(version)

    @property
    def parameters(self) -> list[str]:
        names = [name for version in VERSIONS if self.has(version) for name in _MATRIX[version]]
        return [*names, "Identity"] if self.version == "SE" else [*names, "Identity", "Force"]

    @property
    def applications(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.state["applications"]
        return found

    def application(self, url: str) -> dict[str, Any]:
        return next(one for one in self.applications if one["url"] == url)

    def server(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.state["servers"] if one["address"] == address)
        return found

    def having(self, word: str) -> bool:
        return word in self.state["trouble"]

    def says(self, key: str) -> str:
        return languages.text(key, self.state["language"])

    def copy(self) -> Farm:
        return Farm(version=self.version, state=copy.deepcopy(self.state))


def farm(
    version: str = "2019", *, urls: Iterable[str] = ("https://intranet.contoso.example/",), servers: Iterable[str] = ()
) -> Farm:
    """Fresh: nothing is set, on Central Administration and web applications."""
    names = tuple(servers) or ("SP1",)
    applications = [_application(number, url) for number, url in enumerate((CENTRAL, *urls))]
    return Farm(
        version=version,
        state={
            "build": BUILDS[version],
            "server": names[0],
            "servers": [{"address": name, "role": "Application", "key": None} for name in names],
            "certificates": ["A1B2C3D4E5F60718293A4B5C6D7E8F9001122334", "B" * 40],
            "applications": applications,
            "conflicts": 0,
            "language": "en",
            "trouble": [],
        },
    )


def _application(number: int, url: str) -> dict[str, Any]:
    return {
        "id": f"{number + 1:08x}-0000-0000-0000-000000000000",
        "url": url,
        "central": number == 0,
        "host": None,
        "from": "",
        "reply_to": "",
        "code_page": 65001,
        "port": 25,
        "tls": None,
        "user": None,
        "password": None,
        "override_envelope_sender": False,
        "certificate": None,
    }
