"""The settings with which an application uses a relay, as far as they change what its client does."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.handshake import Auth, Encryption, Relay


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """`host` is as the application has it. `mechanism` is the one that it is set to, in capitals; None: as it comes.

    `credential` is the length of password or token, 0 unknown. `recipients` is of one mail. Times are in seconds
    (`total` for all of a mail); None: the client's own.
    """

    host: str
    port: int
    encryption: Encryption
    auth: Auth = Auth.NONE
    user: bool = False
    password: bool = False
    ascii_login: bool = True
    mechanism: str | None = None
    ehlo_name: str | None = None
    credential: int = 0
    recipients: int = 1
    connect: float | None = None
    read: float | None = None
    total: float | None = None

    @classmethod
    def of(cls, relay: Relay) -> Use:
        """As the files declare it: where there is a login, it is whole."""
        return cls(
            host=relay.host,
            port=relay.port,
            encryption=relay.encryption,
            auth=relay.auth,
            user=relay.auth is not Auth.NONE,
            password=relay.auth is not Auth.NONE,
            ascii_login=(relay.username or "").isascii(),
            mechanism=relay.mechanism.upper() if relay.mechanism else None,
            ehlo_name=relay.ehlo_name,
        )
