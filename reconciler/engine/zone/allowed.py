"""What of a message this worker carries out: each target and each relay by itself, so that the others go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler import platforms
from reconciler.engine.zone import contacts, form
from reconciler.engine.zone.contacts import Contact
from reconciler.engine.zone.files import Files
from reconciler.engine.zone.settings import WorkerSpec
from reconciler.errors import ReconcilerError
from reconciler.model.finding import Finding, Severity
from reconciler.model.handshake import Relay
from reconciler.model.landscape import TargetSpec
from reconciler.model.secret import ENV_STORE, FILE_STORE, SecretRef
from reconciler.model.settings import Present, Reading
from reconciler.model.work.writes import TargetWrites
from reconciler.pipeline import guard
from reconciler.pipeline.resolve import flatten, paths, relays


@dataclass(frozen=True, slots=True)
class Allowed:
    """`files` are those of the message, `packages` what provides its kinds, where that is not reconciler itself.

    Every answer is the same as it is carried out here, or why it is not.
    """

    spec: WorkerSpec
    files: Files
    packages: Mapping[str, str]

    def target(self, one: TargetSpec) -> TargetSpec | Finding:
        found = guard.answer_or_finding(one.unit, lambda: self._target(one))
        return replace(found, address=one.unit) if isinstance(found, Finding) else found

    def writes(self, one: TargetWrites) -> TargetWrites | Finding:
        """A secret that is not ours, or that would be proven at a host that is not allowed, has no way back."""
        spec = self.target(one.spec)
        if isinstance(spec, Finding):
            return spec
        found = guard.answer_or_finding(one.spec.unit, lambda: paths.of_writes(replace(one, spec=spec), self._kept))
        if isinstance(found, Finding):
            return found
        if (wrong := self._secrets(ref for change in one.changes for ref in _references(change.fields))) is not None:
            return replace(wrong, address=one.spec.unit)
        return replace(found, known={}) if self._secrets(_applied(one)) or self._not_allowed(_way_back(one)) else found

    def relay(self, one: Relay) -> Relay | Finding:
        try:
            here = paths.of_relay(one, self.files.here)
        except ReconcilerError as error:
            return error.finding(one.name)
        wrong = self._zone(one.zone) or self._secrets(relays.secrets(one)) or self._host(contacts.of_relay(one))
        return here if wrong is None else replace(wrong, address=one.name)

    def secret(self, one: SecretRef) -> Finding | None:
        return self._secrets([one])

    def _target(self, one: TargetSpec) -> TargetSpec | Finding:
        """Raises ReconcilerError."""
        if (wrong := self._zone(one.zone) or self._kind(one.kind)) is not None:
            return wrong
        if (place := form.wrong(one.kind, one.connection)) is not None:
            return _error("connection-form", f"{place} is not as the platform's schema has it", _FORM, _BUG)
        named = {*flatten.secrets_in(one.connection), *one.connection_secrets, *one.mail_secrets}
        if (wrong := self._secrets(named)) is not None:
            return wrong
        elsewhere = guard.platform(one.kind).elsewhere(one.connection)
        if wrong := self._host(contacts.of_connection(one.kind, one.connection, elsewhere=elsewhere)):
            return wrong
        return replace(paths.of_spec(one, self.files.here), notes=None)

    def _kept(self, key: str, path: str) -> str:
        """The connection's paths are ours by now; those of handshakes may be gone."""
        return self.files.known(key, path)

    def _zone(self, zone: str | None) -> Finding | None:
        if zone == self.spec.zone:
            return None
        what = f"it is in {'no zone' if zone is None else f'zone {zone}'}, and not in {self.spec.zone}"
        return _error("zone-differs", what, "a worker contacts its own network only", _BUG)

    def _kind(self, kind: str) -> Finding | None:
        if kind in self.spec.kinds:
            return None if kind in (*platforms.KINDS, *self.packages) else _no_package(kind)
        known = ", ".join(sorted(self.spec.kinds))
        why = f"worker.yaml of zone {self.spec.zone} has kinds: [{known}]"
        return _error("kind-not-allowed", f"platform {kind} is not handled in this zone", why, _ADD.format("kinds"))

    def _host(self, found: Iterable[Contact]) -> Finding | None:
        wrong = self._not_allowed(found)
        if wrong is None:
            return None
        host = "a host that cannot be told" if wrong.host == contacts.UNKNOWN else wrong.host
        why = f"worker.yaml of zone {self.spec.zone} has hosts: [{', '.join(self.spec.hosts)}]"
        what = f"{wrong.place}: {host} is not contacted by this zone's worker"
        return _error("host-not-allowed", what, why, _ADD.format("hosts"))

    def _not_allowed(self, found: Iterable[Contact]) -> Contact | None:
        return contacts.not_allowed(found, self.spec.hosts)

    def _secrets(self, refs: Iterable[SecretRef]) -> Finding | None:
        return next((wrong for ref in sorted(refs, key=str) if (wrong := self._secret(ref)) is not None), None)

    def _secret(self, ref: SecretRef) -> Finding | None:
        zone = self.spec.zone
        if ref.store in (ENV_STORE, FILE_STORE):
            why = "a message would open whatever this machine has: its variables and files are the worker's own"
            return _error("secret-refused", f"{ref} is not opened for a message", why, f"{{vault: …}} of zone {zone}")
        if ref.zone != zone:
            whose = "our network" if ref.zone is None else f"zone {ref.zone}"
            return _error("secret-refused", f"{ref} is a secret of {whose}", f"this is zone {zone}", _BUG)
        return None


_FORM = "a message is held to it as a file is"
_BUG = "this is a bug in reconciler, or a message that it has not made: report it"
_ADD = "add it to {} there, if it should be"


def _no_package(kind: str) -> Finding:
    what, why = f"the message does not say which package provides {kind}", "only equal versions of it mean the same"
    return _error("worker-version", what, why, "install the same version at the coordinator and in the zone")


def _error(rule: str, what: str, why: str, fix: str) -> Finding:
    return Finding(severity=Severity.ERROR, rule=rule, what=what, why=why, fix=fix)


def _references(fields: Iterable[object]) -> Iterable[SecretRef]:
    return (value for one in fields if isinstance(value := getattr(one, "after", None), SecretRef))


def _applied(one: TargetWrites) -> Iterable[SecretRef]:
    return (secret.ref for applied in one.known.values() for secret in applied.secrets.values())


def _way_back(one: TargetWrites) -> Iterable[Contact]:
    """The relays that an earlier secret may be proven at: those declared, with whatever was there before."""
    if not any(applied.secrets for applied in one.known.values()):
        return
    told = [wanted.handshake for wanted in one.wanted.values()]
    told += [applied.settings for applied in one.known.values()]
    told += [live.settings for live in _lives(one.before) if isinstance(live, Present)]
    for settings in told:
        yield from contacts.of_settings(settings)


def _lives(before: Reading | None) -> Iterable[object]:
    if before is None:
        return ()
    return (*before.resources.values(), *(one.live for one in before.strangers))
