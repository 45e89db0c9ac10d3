"""What a change means for main.cf and for our maps. Only what the change touches: all else stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.change import Change
from reconciler.model.secret import SecretRef
from reconciler.platforms.postfix import edit_login, edit_sender
from reconciler.platforms.postfix import networks as lists
from reconciler.platforms.postfix.observed import Observed
from reconciler.platforms.postfix.spelling import FOR, IMPLICIT, VERIFIED
from reconciler.platforms.postfix.wanted import ROUTE, Wanted, wanted

Parameters = Mapping[str, str | None]  # None: cleared


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What `write.sh` is told; its head says what the words mean. `password` is there where `login` is "set"."""

    parameters: Parameters
    relayhost: str
    username: str
    login: str
    password: SecretRef | None
    header: tuple[str, str]  # what to do, and the text
    envelope: tuple[str, str]
    verified: bool

    @property
    def sets(self) -> tuple[str, ...]:
        return tuple(f"{name}={value}" for name, value in self.parameters.items() if value is not None)

    @property
    def clears(self) -> str:
        return " ".join(name for name, value in self.parameters.items() if value is None)


def edit(change: Change, seen: Observed, directory: str) -> Edit:
    """What a change means for Postfix's files. Raises PlatformRefused for what cannot be written."""
    want = wanted(change, seen, directory)
    login = edit_login.action(want)
    password = want.after.get("password")
    return Edit(
        parameters={
            **_route(want),
            **edit_login.parameters(want, login),
            **edit_sender.parameters(want),
            **_reception(want),
        },
        relayhost=want.relayhost,
        username=want.text("username") or "",
        login=login,
        password=password if login == "set" and isinstance(password, SecretRef) else None,
        header=edit_sender.header(want),
        envelope=edit_sender.envelope(want),
        verified=want.touches("encryption", "tls_ca_file") and want.after.get("encryption") in VERIFIED,
    )


def _route(want: Wanted) -> Parameters:
    found: dict[str, str | None] = {}
    if want.touches(*ROUTE):
        found["relayhost"] = want.relayhost or None
    if want.touches("encryption"):
        found |= _tls(want.text("encryption"))
    if want.touches("tls_ca_file"):
        found["smtp_tls_CAfile"] = want.text("tls_ca_file")
    return found


def _tls(encryption: str | None) -> Parameters:
    """`secure`: the certificate is verified, and its name must be that of the relay as it is declared.

    Also back from Postfix's own words (`spelling`), where earlier settings are restored.
    """
    if encryption in VERIFIED:
        level, implicit, names = "secure", encryption == "tls", ""
    else:
        said = (encryption or "").removesuffix(IMPLICIT)
        implicit = said != (encryption or "")
        level, _, names = said.partition(FOR)
    return {
        "smtp_tls_security_level": level or None,
        "smtp_tls_wrappermode": "yes" if implicit else None,
        "smtp_tls_secure_cert_match": names or None,
    }


def _reception(want: Wanted) -> Parameters:
    found: dict[str, str | None] = {}
    networks, restrictions = want.after.get("mynetworks"), want.after.get("relay_restrictions")
    if want.touches("mynetworks"):
        found["mynetworks"] = lists.as_networks(networks) if isinstance(networks, tuple) else None
    if want.touches("relay_restrictions"):
        words = ", ".join(map(str, restrictions)) if isinstance(restrictions, tuple) else None
        found["smtpd_relay_restrictions"] = words
    if want.touches("message_size_limit"):
        found["message_size_limit"] = want.text("message_size_limit")
    return found
