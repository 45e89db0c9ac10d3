"""Secrets on the way back: the version that was applied before, if a handshake proves that it still lets us in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.errors import ReconcilerError
from reconciler.model.address import Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Severity
from reconciler.model.handshake import Policy, Status
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Applied, Desired, Live, Present, Value
from reconciler.model.work.writes import TargetWrites
from reconciler.pipeline.resolve import relays
from reconciler.pipeline.write import earlier_secret
from reconciler.secrets.stores import Secrets

_PROVES = frozenset({Status.PASS, Status.WARN})


@dataclass(frozen=True, slots=True)
class Earlier:
    """How secrets come back to a target: by the version that the state names."""

    target: TargetWrites
    secrets: Secrets
    policy: Policy

    def with_secrets(self, back: Change, change: Change, before: Live) -> Change:
        """`back` with the secrets that can come back, and without the findings that said they cannot.

        `before` is what goes with them; nothing is added unless a handshake from here proves all of it.
        """
        lost = [found.field for found in back.findings if found.severity is Severity.ERROR and found.field]
        if not lost:
            return back
        last = self.target.known.get(change.moved_from.resource if change.moved_from else change.address.resource)
        wanted = self.target.wanted.get(change.address.resource)
        known = {field: one for field in lost if last and (one := last.secrets.get(field))}
        if wanted is None or len(known) < len(lost):
            return back
        if any(earlier_secret.why_gone(one, self.secrets) for one in known.values()):
            return back
        refs = {field: ref for field, one in known.items() if (ref := earlier_secret.pinned(one))}
        settings = before.settings if isinstance(before, Present) else {}
        if not self._let_in({**settings, **refs}, wanted):
            return back
        fields = tuple(_field(field, ref, known[field].version.number) for field, ref in refs.items())
        kept = tuple(found for found in back.findings if found.field not in refs)
        action = Action.UPDATE if back.action is Action.NONE else back.action
        return replace(back, action=action, fields=(*back.fields, *fields), findings=kept)

    def _let_in(self, before: Mapping[str, Value], wanted: Desired) -> bool:
        """Whether the relay of before accepts the login of before."""
        earlier = {field: value for field, value in before.items() if field in wanted.handshake and value is not None}
        settings = {**wanted.handshake, **earlier}
        relay = relays.relay(settings, wanted.relay, protected=wanted.protected)
        if relay is None or settings.get("verify.from", "here") != "here":
            return False
        from reconciler.pipeline.verify import handshakes as verify  # and asyncio, where there is somebody to ask

        try:
            found = verify.handshakes([relay], self.secrets.opener(relays.secrets(relay)), self.policy)
        except ReconcilerError:
            return False
        return found[relay].status in _PROVES and found[relay].reached


def _field(field: str, ref: SecretRef, number: int | None) -> FieldChange:
    return FieldChange(
        field=field,
        kind=FieldKind.ROTATE,
        before=None,
        after=ref,
        cause=Cause.GIT,
        sensitive=True,
        version=f"v{number}",
        why="as it was before",
    )


def refs(last: Mapping[Resource, Applied]) -> Iterator[SecretRef]:
    """What may have to be opened on the way back."""
    for entry in last.values():
        yield from (ref for one in entry.secrets.values() if (ref := earlier_secret.pinned(one)))
