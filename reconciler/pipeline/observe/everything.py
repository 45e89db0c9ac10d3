"""Looks at all that a run needs, for a person: stores, this machine, and each target in one line. Writes nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reconciler.errors import SecretError
from reconciler.model.checkup import Checkup, Examined
from reconciler.model.landscape import Landscape, TargetSpec
from reconciler.pipeline import progress
from reconciler.pipeline.means import Means
from reconciler.pipeline.observe import doctor, stores, targets
from reconciler.secrets.stores import Secrets

Resolve = Callable[[str], object]  # raises OSError for a name without an address
APART = 30.0  # seconds between our clock and that of a server; tokens and certificates bear little more
_AT_ONCE = 16  # names
_SHOWN = ("reached", "login", "version")
_RIGHTS = ("read", "write")


def checkup(land: Landscape, means: Means, *, now: float, resolve: Resolve) -> Checkup:
    """`now` is seconds since 1970. Opens the secrets of connections only; what goes wrong is in the Checkup."""
    found = stores.checkup(land, means.secrets)
    lines = (*_clock(land, means.secrets, now), *_names(land, resolve), *_ssh(land), _state(land))
    machine = Checkup(unit="this machine", kind="where this run is", examined=lines)
    specs = targets.specs(land, [target.unit for target in land.targets])
    count = len(specs)
    examined = tuple(
        targets.each(specs, lambda one: progress.step("examining", one.unit, count, lambda: _line(one, means)))
    )
    kind = f"{sum(one.ok is False for one in examined)} of {len(examined)} with problems"
    fleet = Checkup(unit="targets", kind=kind, examined=examined)
    return Checkup(
        unit=found.unit, kind=found.kind, examined=found.examined, parts=(machine, *([fleet] if examined else []))
    )


def _clock(land: Landscape, secrets: Secrets, now: float) -> Iterator[Examined]:
    """Beside the first store that says its own; without one nobody can tell."""
    for name in land.stores:
        try:
            told = secrets.vault(name).api.health().get("server_time_utc")
        except SecretError:  # it has a line of its own
            continue
        if isinstance(told, int | float):
            apart = abs(now - told)
            said = f"{apart:.0f} s apart from the store {name}"
            fix = "set this machine's clock, e.g. timedatectl set-ntp true"
            yield Examined(what="clock", ok=apart < APART, said=said if apart >= 2 else "as that of the store", fix=fix)
            return
    yield Examined(what="clock", ok=None, said="no store answers, so there is none to compare it with")


def _names(land: Landscape, resolve: Resolve) -> Iterator[Examined]:
    """Of the relays that are reached from here; what lies behind a `via`, or in a zone, is looked up there."""
    here = [relay for relay in land.relays if relay.zone is None and not relay.settings.get("verify.via")]
    relays = [relay for relay in here if relay.settings.get("host")]
    hosts = {str(relay.settings["host"]): relay.address for relay in reversed(relays)}
    if not hosts:
        return
    with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(hosts))) as pool:
        lost = {host: why for host, why in zip(hosts, pool.map(lambda h: _why(h, resolve), hosts), strict=True) if why}
    for host, why in lost.items():
        fix = f"correct host of relay {hosts[host]}, or this machine's resolver"
        yield Examined(what="dns", ok=False, said=f"{host}: {why}", fix=fix)
    if not lost:
        count = f"{len(hosts)} host{'' if len(hosts) == 1 else 's'}"
        yield Examined(what="dns", ok=True, said=f"{count} of relays: each has an address")


def _ssh(land: Landscape) -> Iterator[Examined]:
    """Where targets are reached through it, or handshakes start behind it; whether a host answers, its target says."""
    hosts = {str(one.connection["ssh"]) for one in land.targets if one.connection.get("ssh") and not one.zone}
    relays = (relay.settings.get("verify.via") for relay in land.relays if not relay.zone)
    hosts |= {via for via in map(str, relays) if via.startswith("ssh://")}
    if not hosts:
        return
    if (program := shutil.which("ssh")) is None:
        said = f"there is no ssh here, and {', '.join(sorted(hosts))} {'needs' if len(hosts) == 1 else 'need'} it"
        yield Examined(what="ssh", ok=False, said=said, fix="on Debian: apt-get install openssh-client")
        return
    yield Examined(what="ssh", ok=True, said=f"{program}, for {len(hosts)} host{'' if len(hosts) == 1 else 's'}")


def _why(host: str, resolve: Resolve) -> str | None:
    try:
        resolve(host)
    except OSError as error:
        return (error.strerror or type(error).__name__).lower()
    return None


def _state(land: Landscape) -> Examined:
    path = Path(land.state.path)
    if land.state.backend != "file":
        return Examined(what="state", ok=True, said=f"in the store, below {land.state.path}; its rights are above")
    if not path.exists():
        return Examined(what="state", ok=None, said=f"{path} is not there yet: the first apply makes it")
    if os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return Examined(what="state", ok=True, said=f"{path}, writable")
    fix = f"let this user write there: chown -R $USER {path}"
    return Examined(what="state", ok=False, said=f"{path} cannot be written", fix=fix)


def _line(spec: TargetSpec, means: Means) -> Examined:
    """What fails first, else how it is reached, as whom, what that login may do, and which version."""
    found = doctor.checkup(spec, means, trace=False)
    if (wrong := next((one for one in found.examined if one.ok is False), None)) is not None:
        return Examined(what=spec.unit, ok=False, said=f"{wrong.what}: {wrong.said}", fix=wrong.fix)
    if not found.ok:
        fix = f"reconciler doctor {spec.unit} shows which"
        return Examined(what=spec.unit, ok=False, said="labels of its page map are not on the page", fix=fix)
    by_name = {one.what: one for one in found.examined}
    told = [by_name[name] for name in _SHOWN if name in by_name] or list(found.examined)
    said = [one.said for one in told]
    said[2:2] = [rights] if (rights := _rights(by_name)) else []
    return Examined(what=spec.unit, ok=True if all(one.ok for one in told) else None, said="; ".join(said))


def _rights(by_name: Mapping[str, Examined]) -> str:
    """In a word each; `reconciler doctor TARGET` has them whole."""
    allowed = [name for name in _RIGHTS if name in by_name and by_name[name].ok]
    untold = [name for name in _RIGHTS if name in by_name and by_name[name].ok is None]
    told = [f"may {' and '.join(allowed)}"] if allowed else []
    return ", ".join([*told, *(f"{name}: see doctor TARGET" for name in untold)])
