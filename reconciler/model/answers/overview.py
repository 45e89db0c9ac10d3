"""All that a report shows: what documents of earlier commands say, or one run, of a moment."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake
from reconciler.model.outcome import OutcomeStatus
from reconciler.model.plan import Plan
from reconciler.model.runs.history import History
from reconciler.model.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How a resource sends, and through what; `credential` is a reference, never what it opens.

    `relay` is `<environment>/<relay>` where one brought the host, else None: a route of the resource's own.
    """

    address: str
    platform: str
    relay: str | None
    host: str
    port: int | None
    username: str | None
    sender: str | None
    credential: str | None

    @classmethod
    def of(cls, address: str, platform: str, relay: str | None, settings: Settings) -> Sending | None:
        """None for a resource that names no host. `settings` are those of its handshake."""
        host, port = settings.get("host"), settings.get("port")
        if not isinstance(host, str):
            return None
        secrets = (settings.get(name) for name in ("password", "oauth2.client_secret", "oauth2.certificate"))
        return cls(
            address=address,
            platform=platform,
            relay=relay,
            host=host,
            port=port if isinstance(port, int) else None,
            username=_text(settings, "username", "oauth2.client_id"),
            sender=_text(settings, "sender.address"),
            credential=next((str(one) for one in secrets if one is not None), None),
        )


def _text(settings: Settings, *names: str) -> str | None:
    return next((found for name in names if isinstance(found := settings.get(name), str)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A handshake, and the resources that send through its relay."""

    handshake: Handshake
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a resource in the last apply, where it did not end well."""

    address: str
    status: OutcomeStatus
    error: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a part was made from; `at` is RFC 3339, UTC, None where the document does not say."""

    name: str
    kind: str  # the command that made it
    at: str | None
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Made at `at` (RFC 3339, UTC). `plans` are of the same landscape, the newest first: the others tell since when.

    `relays` are the declared ones; what is None was not among the documents. `beside` are the findings of documents
    that are not a plan's own.
    """

    at: str
    sources: tuple[Source, ...] = ()
    plans: tuple[Plan, ...] = ()
    proofs: tuple[Proven, ...] = ()
    sending: tuple[Sending, ...] | None = None
    relays: tuple[str, ...] = ()
    history: History | None = None
    ended: tuple[Ended, ...] = ()
    beside: tuple[Finding, ...] = ()

    @property
    def plan(self) -> Plan | None:
        return self.plans[0] if self.plans else None

    @property
    def complete(self) -> bool:
        return all(source.complete for source in self.sources) and (self.plan is None or self.plan.complete)
