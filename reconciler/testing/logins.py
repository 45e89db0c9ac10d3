"""The promise about a login that no file declares any more: it does not follow the host without being asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import SkipTest

from reconciler.model.change import Change
from reconciler.model.finding import Severity
from reconciler.model.settings import Present
from reconciler.testing import expect
from reconciler.testing.converging import converge, texts
from reconciler.testing.subject import Subject
from reconciler.testing.trial import Trial

_HOST, _PASSWORD = "host", "password"
_LOGIN = frozenset({"auth", "username", _PASSWORD, "credential_key"})


def a_login_does_not_follow_the_host(subject: Subject, folder: Path) -> None:
    """The files name another host, and `auth: none` in place of a login: the plan asks for it by name or is refused,
    or the same write takes what is there away, or out of use.

    Raises AssertionError; SkipTest where nothing logs in.
    """
    trial = Trial(subject=subject, folder=folder)
    if not any(_PASSWORD in one and _HOST in one for one in _resources(subject.first)):
        raise SkipTest("this platform has no login beside a host")
    converge(trial, subject.first, "at first")
    trial.declare(_moved(subject))
    if "auth" in trial.refused():  # this platform has no word for it
        return
    todo = trial.plan()
    changes = [change for change in todo.changes if any(one.field == _HOST for one in change.fields)]
    expect.expect(bool(changes), "with another host and no login, nothing changes: `second` needs another host")
    silent = [change for change in changes if not _asked(change)]
    follows = [change for change in silent if not _cleared(trial, change) and not _switched_off(trial, change)]
    expect.expect(
        not follows,
        "with another host and no login, the password that is in the application goes there, and nobody was asked: "
        f"give `password` in write_only or settings of what was read: {expect.changes(follows)}",
    )
    expect.succeeded(trial.apply(todo), "with another host and no login")
    for change in silent:
        if not _switched_off(trial, change):
            expect.expect(
                not _still_there(subject, change),
                f"{change.address} shows no login with another host, and the password is in the application",
            )


def _asked(change: Change) -> bool:
    errors = [one for one in change.findings if one.severity is Severity.ERROR]
    return bool(errors) or any(risk.field == _PASSWORD for risk in change.risks)


def _cleared(trial: Trial, change: Change) -> bool:
    return any(_after(trial, change).get(name, "") is None for name in ("username", _PASSWORD))


def _switched_off(trial: Trial, change: Change) -> bool:
    """The platform itself has a word for "no login"."""
    return "auth" in trial.land().by_address[change.address].settings and _after(trial, change).get("auth") == "none"


def _after(trial: Trial, change: Change) -> Mapping[str, Any]:
    live = trial.read().live(change.address.resource)
    there = live.settings if isinstance(live, Present) else {}
    return {**there, **{one.field: one.after for one in change.fields}}


def _still_there(subject: Subject, change: Change) -> bool:
    resource = change.address.resource
    declared = subject.first[resource.collection]
    password = (declared if resource.key is None else declared[resource.key])[_PASSWORD]["env"]
    return any(subject.environ[password] in text for text in texts(subject.settings()))


def _moved(subject: Subject) -> Mapping[str, Any]:
    """`first`, at the hosts of `second` and without its logins."""
    return {
        collection: _without(one, subject.second[collection])
        if _HOST in one
        else {name: _without(below, subject.second[collection][name]) for name, below in one.items()}
        if all(isinstance(below, Mapping) for below in one.values())
        else one
        for collection, one in subject.first.items()
    }


def _without(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    if _PASSWORD not in one or _HOST not in one:
        return one
    return {**{name: value for name, value in one.items() if name not in _LOGIN}, _HOST: other[_HOST], "auth": "none"}


def _resources(declared: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in declared.values():
        yield one
        yield from (below for below in one.values() if isinstance(below, Mapping))
