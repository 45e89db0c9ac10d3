"""A platform as an object: what a module of `reconciler.platforms`, or of a package of your own, calls `PLATFORM`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # nothing of it is needed to declare one, and every command pays for what it imports
    from reconciler.model.address import Resource
    from reconciler.model.answers.discovery import Discovery
    from reconciler.model.answers.route import Route
    from reconciler.model.attestation import Guide
    from reconciler.model.change import Change
    from reconciler.model.checkup import Doctor
    from reconciler.model.finding import Finding
    from reconciler.model.ports import Opener, Reader, Writer
    from reconciler.model.secret import SecretRef
    from reconciler.model.settings import Connection, Desired, Reading, Settings, Shape

    Comparer = Callable[
        [str, Connection, Opener, Reading, Mapping[Resource, Mapping[str, SecretRef]]],
        Mapping[Resource, Mapping[str, bool]],
    ]


def _as_declared(resource: Resource, settings: Settings, connection: Connection) -> Settings:
    return settings


def _no_limits(desired: Desired, connection: Connection) -> Iterable[Finding]:
    return ()


def _none_known(collection: str, connection: Connection) -> Settings:
    return {}


def _far(connection: Connection) -> bool:
    return True


def _no_client_known(connection: Connection) -> str | None:
    return None


def _as_configured(wanted: Desired, declared: Sequence[Desired]) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What the settings of one kind of platform mean, and who reads and writes them.

    All but `reader`, `writer`, and what these return, is pure and contacts nobody. An exception is told as a finding
    of the target that it happened to, and that target is neither read nor written; the others go on.
    """

    # in the order in which they are written
    collections: Mapping[str, Shape]

    # (connection): the identity of what is written; limits, locks and state are kept per installation
    installation: Callable[[Connection], str]

    # (collection, connection): the settings that can be expressed; a relay that brings another one is an error
    fields: Callable[[str, Connection], frozenset[str]]

    # (unit, connection, secrets): `unit` is `<environment>/<target>`, for messages and Readings
    reader: Callable[[str, Connection, Opener], Reader]
    writer: Callable[[str, Connection, Opener], Writer]

    # (resource, settings, connection): what is declared as the platform will give it back, so that equal means equal
    normalised: Callable[[Resource, Settings, Connection], Settings] = _as_declared

    # (desired, connection): limits that the declaration alone shows; severity error makes the files invalid
    findings: Callable[[Desired, Connection], Iterable[Finding]] = _no_limits

    # (desired): limits that only several resources of one installation show together
    together: Callable[[Sequence[Desired]], Iterable[Finding]] | None = None

    # (connection): the mail client that the application sends with, by its file in `reconciler/smtp/clients`; None
    # where there is none: a handshake is then ours alone
    client: Callable[[Connection], str | None] = _no_client_known

    # (wanted, declared): the envelope senders that it uses beside the sender of the files, as far as what is declared
    # for the installation tells
    senders: Callable[[Desired, Sequence[Desired]], Sequence[str]] = _as_configured

    # (address, company, declared): which of these resources a mail from this address takes, and why
    route: Callable[[str, str | None, Sequence[Desired]], Route] | None = None

    # (collection, connection): what a setting has where nobody set it, as far as it is known: `adopt` leaves it out
    defaults: Callable[[str, Connection], Settings] = _none_known

    # (change, connection): notes on a change that it carries out in a way of its own; for each one that writes
    remarks: Callable[[Change, Connection], Iterable[Finding]] | None = None

    # (changes, reading): that the writer would refuse a change, as far as a reading tells. `changes` are all that would
    # write to this installation; an error blocks the change that it names by its `address`
    refusals: Callable[[Sequence[Change], Reading], Iterable[Finding]] | None = None

    # (unit, changes, connection): the lines of a text that these changes would change, as a unified diff, for
    # `plan --diff`. Opens no secret, and masks those that are there; raises PlatformError
    preview: Callable[[str, Sequence[Change], Connection], Iterable[str]] | None = None

    # (connection): how a person carries out changes where nothing else can write; None where `writer` does it
    guide: Callable[[Connection], Guide | None] | None = None

    # (unit, connection, secrets, trace): what `reconciler doctor` tells beyond whether the target can be read
    doctor: Doctor | None = None

    # (unit, connection, secrets): the keys of an installation that differ and are looked up, for `reconciler discover`.
    # Writes nothing; raises PlatformError
    discovered: Callable[[str, Connection, Opener], Discovery] | None = None

    # (unit, connection, secrets, reading, wanted): whether the platform holds the value of each secret in `wanted` now,
    # compared in constant time; what cannot be told is left out. Only for `drift --compare-secrets`
    compared: Comparer | None = None

    # (connection): whether it is on another host: many of those are worked on side by side, for their calls wait
    elsewhere: Callable[[Connection], bool] = _far

    # the setting that says whether a resource is in use: what `false` takes out of use is written last, so that what
    # comes in its place is there before
    in_use: str | None = None

    # the rules of its findings of severity risk: `apply --allow` takes them beside the tool's own
    risks: frozenset[str] = frozenset()

    # other names of this kind in `platform:`
    aliases: tuple[str, ...] = ()
