"""What the handshakes of one run have done already: the stages of an apply shake hands one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.model.handshake import Level, Relay
from reconciler.pipeline.verify import logins
from reconciler.pipeline.verify.credentials import TokenSource
from reconciler.pipeline.verify.logins import Group
from reconciler.smtp.session.budget import Account, Budget, account

if TYPE_CHECKING:
    from reconciler.model.ports import Opener
    from reconciler.model.work.login import Login
    from reconciler.model.work.proofs import Known


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

    @classmethod
    def of(cls, known: Known, *, expected: tuple[Relay, ...], each: bool = False) -> Memory:
        """As it was when it told `known`. Tokens, and answers that relays share, are asked for anew."""
        memory = cls(expected=expected, budget=Budget(each=each, spent=known.spent))
        for login in known.logins:
            memory.budget.login(login.by)
            memory.keep(login)
        return memory

    def known(self) -> Known:
        """What has to be known where the run goes on elsewhere."""
        from reconciler.model.work.proofs import Known  # most runs begin and end here

        return Known(logins=tuple(self._logins.values()), spent=self.budget.spent)

    def login(self, group: Group) -> Login | None:
        """The login of this group's user that an earlier call has made, and that counts for it."""
        known = self._logins.get(account(group[0]))
        return known if known is not None and logins.serves(known, group) else None

    def keep(self, login: Login) -> None:
        """For the calls after this one."""
        self._logins[account(login.by)] = replace(login, earlier=True)

    def alike(self, lead: Relay) -> tuple[Relay, ...]:
        """The relays of the run that need the login of `lead`'s user, `lead` among them."""
        mine = account(lead)
        alike = (one for one in self.expected if one.level.rank >= Level.AUTH.rank and account(one) == mine)
        return tuple(one for one in alike if lead.protected or not one.protected)

    def source(self, secrets: Opener) -> TokenSource:
        """The one source of tokens; made where a relay logs in with OAuth2, and with the `secrets` of the first."""
        if self.tokens is None:
            from reconciler.oauth.tokens import Tokens  # and with it what speaks to authorities

            self.tokens = Tokens(secrets)
        return self.tokens
