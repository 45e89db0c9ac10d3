"""What policy judges: the effective settings of a relay or of a resource, each with its origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.model.finding import Finding, Severity
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Stage
from reconciler.model.settings import Origin, Settings
from reconciler.model.source import Position
from reconciler.pipeline.resolve.relays import ROUTE

_CHECKS = "verify.checks."
_CREDENTIALS = ("username", "password", "oauth2.client_secret", "oauth2.certificate")
HERE = "here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A relay or a resource, alike to every rule. `relay` is the address of the relay that a resource names."""

    of_resource: bool

    address: str
    settings: Settings
    origin: Mapping[str, Origin]
    position: Position
    stage: Stage
    relay: str | None = None

    @property
    def checks(self) -> Iterator[tuple[str, str]]:
        """Field and id of each check that is given a severity."""
        return ((field, field.removeprefix(_CHECKS)) for field in self.settings if field.startswith(_CHECKS))

    def here(self, field: str) -> bool:
        """Whether the resource itself says it, not its relay or environment."""
        return field in self.origin and self.origin[field].through == HERE

    def where(self, *fields: str) -> Position:
        """The place to look at: what the resource itself says of `fields`, else the first that is said at all."""
        said = [field for field in fields if field in self.origin]
        nearest = next((field for field in said if self.here(field)), said[0] if said else None)
        return self.origin[nearest].position if nearest else self.position

    def key(self, field: str) -> Position:
        """The place of a setting's key: for what is wrong with the key, not with its value."""
        origin = self.origin.get(field)
        return origin.key or origin.position if origin else self.position

    def error(self, rule: str, field: str, what: str, why: str, fix: str, where: Position | None = None) -> Finding:
        return Finding(
            severity=Severity.ERROR,
            rule=rule,
            address=self.address,
            field=field,
            where=where or self.where(field),
            what=what,
            why=why,
            fix=fix,
        )


def subjects(landscape: Landscape) -> Iterator[Subject]:
    """The relays, then the resources that say anything of a relay."""
    stages = {stage.name: stage for stage in landscape.stages}
    for relay in landscape.relays:
        yield Subject(
            of_resource=False,
            address=relay.address,
            settings=relay.settings,
            origin=relay.origin,
            position=relay.position,
            stage=stages[relay.environment],
        )
    for desired in landscape.desired:
        given = desired.handshake
        credential = any(given.get(field) is not None for field in _CREDENTIALS)
        if desired.relay or credential or any(field in given for field in ROUTE):
            environment = desired.address.environment
            yield Subject(
                of_resource=True,
                address=str(desired.address),
                settings=desired.handshake,
                origin=desired.origin,
                position=desired.position,
                stage=stages[environment],
                relay=f"{environment}/{desired.relay}" if desired.relay else None,
            )
