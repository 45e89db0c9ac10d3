"""What the Email page shows in which release of the Platform Server."""

from __future__ import annotations

from dataclasses import dataclass

BASIC, EXCHANGE = "Basic", "Exchange Online (OAuth 2.0)"
LABELS = {
    "server": "SMTP Server",
    "port": "SMTP Port",
    "auth": "Authentication",
    "ssl": "Use SSL On Connect",
    "username": "Username",
    "password": "Password",
    "tenant": "Tenant",
    "client_id": "Client ID",
    "client_secret": "Client Secret",
    "sender": "Default Sender Email",
    "sender_name": "Default Sender Name",
    "redirect": "Redirect Emails to Test List",
    "test_list": "Test List Addresses",
}


@dataclass(frozen=True, slots=True)
class Release:
    """`Release("11.38.0")`."""

    name: str

    @property
    def number(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.name.split("."))

    @property
    def labels(self) -> dict[str, str]:
        """Screenshots of 2020 spell "To", the vendor's text of today "to"; the release in between is a guess."""
        return LABELS if self.oauth else {**LABELS, "redirect": "Redirect Emails To Test List"}

    @property
    def oauth(self) -> bool:
        return self.number >= (11, 34)  # R11DT-2574

    @property
    def ssl(self) -> bool:
        return not (11, 34) <= self.number < (11, 38)  # RPM-6080: it was not displayed. Since when, is not said

    @property
    def login_hidden_at_first(self) -> bool:
        return (11, 34) <= self.number < (11, 37)  # R11DT-3210: where no email configuration is there yet

    @property
    def applies_to_factory(self) -> bool:
        return self.number >= (11, 8)
