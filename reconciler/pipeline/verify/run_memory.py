"""What the handshakes of one run have done already: the stages of an apply shake hands one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.model.handshake import Level, Relay
from reconciler.pipeline.verify.credentials import TokenSource
from reconciler.pipeline.verify.logins import Login
from reconciler.smtp.session.budget import Account, Budget, account

if TYPE_CHECKING:
    from reconciler.model.ports import Opener


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Memory:
    """Belongs to one run, which passes it to each of its calls of `verify.handshakes`.

    `expected` are all relays that the run may have to prove: the one login of a user tries the senders and recipients
    of all that this user will be needed for, because a later stage may not log in again to try its own.
    """

    expected: tuple[Relay, ...] = ()
    tokens: TokenSource | None = None
    budget: Budget = field(default_factory=Budget)
    _logins: dict[Account, Login] = field(default_factory=dict)

    def login(self, relay: Relay) -> Login | None:
        """The login of this relay's user that an earlier call has made."""
        return self._logins.get(account(relay))

    def keep(self, login: Login) -> None:
        """For the calls after this one."""
        self._logins[account(login.by)] = login._replace(earlier=True)

    def alike(self, lead: Relay) -> tuple[Relay, ...]:
        """The relays of the run that need the login of `lead`'s user, `lead` among them."""
        mine = account(lead)
        return tuple(one for one in self.expected if one.level.rank >= Level.AUTH.rank and account(one) == mine)

    def source(self, secrets: Opener) -> TokenSource:
        """The one source of tokens; made where a relay logs in with OAuth2, and with the `secrets` of the first."""
        if self.tokens is None:
            from reconciler.oauth.tokens import Tokens  # and with it what speaks to authorities

            self.tokens = Tokens(secrets)
        return self.tokens
