"""Which values of a unit of work are paths of this machine, and the same unit with others in their place.

A unit that is carried out elsewhere finds none of our files: those that it needs travel with it, or are there already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import singledispatch
from typing import TypeVar

from reconciler.model.handshake import Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.settings import Connection, Desired, Settings, Tree, Value
from reconciler.model.work.login import Login
from reconciler.model.work.proofs import Known, Proven, ProveUnit
from reconciler.model.work.reads import ReadUnit, VersionsUnit
from reconciler.model.work.settles import SettleUnit
from reconciler.model.work.writes import TargetWrites, WriteUnit
from reconciler.pipeline.resolve.flatten import PATH_KEYS, PATH_SETTINGS

CA_FILE = "ca_file"
_FILES = "client_certificate"  # a mapping of two paths
# (the last key of its name, the path): what stands there instead
Change = Callable[[str, str], str]
Unit = TypeVar("Unit", ReadUnit, VersionsUnit, ProveUnit, WriteUnit, SettleUnit)


@singledispatch
def changed(one: object, change: Change) -> object:
    """The same data with `change` of each of its paths. Raises what that raises, TypeError for data without paths."""
    raise TypeError(type(one).__name__)


def of_unit(unit: Unit, change: Change) -> Unit:
    found = changed(unit, change)
    assert isinstance(found, type(unit))  # noqa: S101  # each of these functions gives back what it was given
    return found


@changed.register
def _(one: ReadUnit, change: Change) -> ReadUnit:
    return replace(one, specs=tuple(of_spec(spec, change) for spec in one.specs))


@changed.register
def _(one: VersionsUnit, _: Change) -> VersionsUnit:
    return one


@changed.register
def _(one: ProveUnit, change: Change) -> ProveUnit:
    return replace(
        one,
        relays=tuple(of_relay(relay, change) for relay in one.relays),
        expected=tuple(of_relay(relay, change) for relay in one.expected),
        known=of_known(one.known, change),
    )


@changed.register
def _(one: Proven, change: Change) -> Proven:
    return replace(one, known=of_known(one.known, change))


@changed.register
def _(one: WriteUnit, change: Change) -> WriteUnit:
    return replace(one, targets=tuple(of_writes(target, change) for target in one.targets))


@changed.register
def _(one: SettleUnit, change: Change) -> SettleUnit:
    return replace(one, spec=of_spec(one.spec, change))


def of_writes(one: TargetWrites, change: Change) -> TargetWrites:
    wanted = {resource: _desired(desired, change) for resource, desired in one.wanted.items()}
    return replace(one, spec=of_spec(one.spec, change), wanted=wanted)


def of_spec(one: TargetSpec, change: Change) -> TargetSpec:
    return replace(one, connection=of_connection(one.connection, change))


def of_connection(one: Connection, change: Change) -> Connection:
    found = _tree(one, "", change)
    assert isinstance(found, Mapping)  # noqa: S101  # as it was
    return found


def of_relay(one: Relay, change: Change) -> Relay:
    if one.ca_file is None and (one.oauth2 is None or one.oauth2.ca_file is None):
        return one
    oauth2 = None if one.oauth2 is None else replace(one.oauth2, ca_file=_or_none(one.oauth2.ca_file, change))
    return replace(one, ca_file=_or_none(one.ca_file, change), oauth2=oauth2)


def of_known(one: Known, change: Change) -> Known:
    return replace(one, logins=tuple(_login(login, change) for login in one.logins))


def _login(one: Login, change: Change) -> Login:
    others = {of_relay(relay, change): found for relay, found in one.for_others.items()}
    return replace(one, by=of_relay(one.by, change), for_others=others)


def _desired(one: Desired, change: Change) -> Desired:
    return replace(one, settings=_settings(one.settings, change), handshake=_settings(one.handshake, change))


def _settings(one: Settings, change: Change) -> Settings:
    return {name: _value(name, value, change) for name, value in one.items()}


def _value(name: str, value: Value, change: Change) -> Value:
    return change(CA_FILE, value) if name in PATH_SETTINGS and isinstance(value, str) else value


def _tree(one: Tree, key: str, change: Change) -> Tree:
    """As `flatten.tree` tells paths: the `path` beside `ssh` is one of another host."""
    if isinstance(one, Mapping):
        there = "ssh" in one
        return {
            name: value if there and name == "path" else _tree(value, "path" if key == _FILES else name, change)
            for name, value in one.items()
        }
    if isinstance(one, tuple):
        return tuple(_tree(value, "", change) for value in one)
    return change(key, one) if key in PATH_KEYS and isinstance(one, str) else one


def _or_none(path: str | None, change: Change) -> str | None:
    return None if path is None else change(CA_FILE, path)
