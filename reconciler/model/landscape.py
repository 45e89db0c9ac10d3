"""All that the files declare, resolved: stages, relays, targets, resources. No YAML below this line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from reconciler.model.acceptance import Accepted
from reconciler.model.address import Address, Resource
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Policy, Relay
from reconciler.model.plan import Stage
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Desired, Origin, Settings
from reconciler.model.source import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSpec:
    """A secret store of reconciler.yaml: everything needed to open it, and no secret.

    `options` are the checked keys of its mapping (address, mount, kv, namespace, ca_file, auth…); paths are absolute.
    """

    name: str
    type: str
    options: Connection
    position: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpec:
    backend: str  # file | vault
    path: str  # a folder (absolute), or a path below the store's mount
    store: str | None = None
    persistent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSpec:
    """A network that has a worker of its own; `key` is the file (absolute) of the worker's Ed25519 public key, PEM."""

    name: str
    key: str
    position: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """Who carries units of work to the networks that have workers of their own.

    `broker` is a URL with the user name and no password, which is `login`; paths are absolute. `signing_key` signs what
    may write, `reading_key` what may only read; they are one where `reading_key` is None. `deadline` is how many
    seconds a unit may take until its answer is here.
    """

    type: str  # celery
    broker: str
    signing_key: SecretRef
    login: SecretRef | None = None
    ca_file: str | None = None
    client_certificate: str | None = None
    client_key: SecretRef | None = None
    reading_key: SecretRef | None = None
    deadline: float = 60.0
    zones: Mapping[str, ZoneSpec] = field(default_factory=dict)
    position: Position | None = None
    places: Mapping[str, Position] = field(default_factory=dict)  # of the files that it names


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    reason: str
    until: str  # a date, YYYY-MM-DD; paused up to and including it
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Of the warnings of a target that have this rule."""

    rule: str
    accepted: Accepted
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One installation of one platform as one stage sees it.

    `broken` is what its platform raised when it was asked about this target, which is then neither read nor written.
    """

    unit: str  # <environment>/<target>
    environment: str
    kind: str
    connection: Connection
    installation: str  # unknown:<unit> where the platform cannot say
    position: Position
    connection_position: Position
    paused: Paused | None = None
    prune: bool = False  # what nobody declares is taken out of use
    accept: tuple[Acceptance, ...] = ()
    relative: bool = False  # its identity holds a path that is relative to the folder of the declarations' root
    broken: Finding | None = None
    zone: str | None = None  # the network whose worker reaches it; None: the one that we are in
    zone_position: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRelay:
    """A relay of an environment with its effective settings; `relay` is None while one that it needs is missing.

    `zone` is the network from which it is proven by itself; a resource that names it is proven from its target's.
    """

    address: str  # <environment>/<relay>
    name: str
    environment: str
    settings: Settings
    origin: Mapping[str, Origin]
    relay: Relay | None
    position: Position
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)  # no slots: the look-ups are made once
class Landscape:
    base: str = "."  # absolute: where relative paths start
    stages: tuple[Stage, ...]
    targets: tuple[Target, ...]
    desired: tuple[Desired, ...]
    relays: tuple[DeclaredRelay, ...]
    stores: Mapping[str, StoreSpec] = field(default_factory=dict)
    engine: EngineSpec | None = None
    state: StateSpec
    policy: Policy = field(default_factory=Policy)
    left_out: tuple[str, ...] = ()  # files with errors that nothing selected needs: what they declare is not known

    @cached_property
    def by_address(self) -> Mapping[Address, Desired]:
        return {desired.address: desired for desired in self.desired}

    @cached_property
    def of_unit(self) -> Mapping[str, Sequence[Desired]]:
        """What each target declares; one without resources is left out."""
        found: dict[str, list[Desired]] = {}
        for desired in self.desired:
            found.setdefault(desired.address.unit, []).append(desired)
        return found

    @cached_property
    def by_installation(self) -> Mapping[str, tuple[Desired, ...]]:
        found: dict[str, list[Desired]] = {}
        for desired in self.desired:
            found.setdefault(desired.installation, []).append(desired)
        return {installation: tuple(group) for installation, group in found.items()}

    @cached_property
    def by_unit(self) -> Mapping[str, Target]:
        return {target.unit: target for target in self.targets}

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """The resources whose mail goes through a relay, by its address; each has a route of its own, too."""
        found: dict[str, list[str]] = {}
        for one in self.desired:
            found.setdefault(str(one.address), []).append(str(one.address))
            if one.relay:
                found.setdefault(f"{one.address.environment}/{one.relay}", []).append(str(one.address))
        return {name: tuple(users) for name, users in found.items()}

    @cached_property
    def paused(self) -> Mapping[str, Paused]:
        """By unit; also those whose pause has ended."""
        return {target.unit: target.paused for target in self.targets if target.paused}

    @cached_property
    def broken(self) -> tuple[Finding, ...]:
        """Why targets cannot be read or written whose platforms are at fault; the files may be right."""
        return tuple(target.broken for target in self.targets if target.broken)

    @cached_property
    def pruned(self) -> frozenset[str]:
        """The units that take out of use what nobody declares."""
        return frozenset(target.unit for target in self.targets if target.prune)

    def pause(self, unit: str, today: str) -> Paused | None:
        """The pause in effect; `today` is YYYY-MM-DD."""
        paused = self.paused.get(unit)
        return paused if paused and paused.until >= today else None

    @cached_property
    def _accepted(self) -> Mapping[tuple[str, str], Accepted]:
        return {(target.unit, one.rule): one.accepted for target in self.targets for one in target.accept}

    def acknowledged(self, found: Iterable[Finding], today: str) -> tuple[Finding, ...]:
        """The same findings, with what is accepted of the warnings; `today` is YYYY-MM-DD."""
        if not self._accepted:
            return tuple(found)
        return tuple(self._acknowledged(one, today) for one in found)

    def _acknowledged(self, one: Finding, today: str) -> Finding:
        if one.severity is not Severity.WARNING:
            return one
        accepted = self._accepted.get(((one.address or "").partition(":")[0], one.rule))
        return replace(one, accepted=accepted) if accepted and accepted.until >= today else one

    def protected(self, environment: str) -> bool:
        return any(stage.name == environment and stage.protected for stage in self.stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSpec:
    """A unit of work: plain values that could be sent to a worker inside another network.

    It names secret stores and says of none where it is: whoever carries it out has stores of its own, and sends its
    login nowhere else. `connection_secrets` are the only references that may be opened to read; `mail_secrets` those
    that apply may open. `resources` are those that the target declares. `broken` is as in Target; `notes` is a folder
    of ours on this machine, where the state is one. `zone` is the network where it has to be carried out, None for
    the one that we are in.
    """

    unit: str
    kind: str
    installation: str
    connection: Connection
    connection_secrets: frozenset[SecretRef] = frozenset()
    mail_secrets: frozenset[SecretRef] = frozenset()
    resources: frozenset[Resource] = frozenset()
    broken: Finding | None = None
    notes: str | None = None
    zone: str | None = None
