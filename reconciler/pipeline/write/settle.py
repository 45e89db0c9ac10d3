"""The unit of work that settles what a run that was cut off left at one target, where its network is."""

from __future__ import annotations

from reconciler.errors import ReconcilerError
from reconciler.model.ports import Recovering, Writer
from reconciler.model.runs.intent import Intent
from reconciler.model.runs.recovery import Fate
from reconciler.model.settings import Reading
from reconciler.model.work.settles import SettleUnit, UnitSettled
from reconciler.pipeline import guard
from reconciler.pipeline.observe import targets
from reconciler.pipeline.unfinished import effect, fate
from reconciler.pipeline.write import readback, restore
from reconciler.secrets.stores import Secrets


def settled(unit: SettleUnit, secrets: Secrets) -> UnitSettled:
    """The platform finishes or takes back what a killed write of ours left; then what can be read decides."""
    try:
        return _settled(unit, secrets)
    except Exception as error:  # noqa: BLE001  # one target that cannot be looked at must not stop the others
        return UnitSettled(error=guard.as_finding(error, unit.spec.unit))


def _settled(unit: SettleUnit, secrets: Secrets) -> UnitSettled:
    spec = unit.spec
    opener = targets.opener(spec, secrets, spec.mail_secrets)
    writer = guard.platform(spec.kind).writer(spec.unit, spec.connection, opener)
    targets.told(writer, spec)
    try:
        note = writer.recover() if isinstance(writer, Recovering) else None
        if not unit.intents:
            return UnitSettled(note=note)
        reading = targets.reading(spec, secrets)
        if reading.unreadable:
            return UnitSettled(note=note, error=reading.unreadable)
        fates = tuple(_ended(writer, one, reading, unit) for one in unit.intents)
        return UnitSettled(note=note, fates=fates, reading=reading)
    finally:
        writer.close()


def _ended(writer: Writer, one: Intent, reading: Reading, unit: SettleUnit) -> Fate:
    """Raises PlatformError where what was there before is not there again."""
    how, live = fate.fate(one, reading), reading.live(one.change.address.resource)
    if how is not Fate.HALF_WRITTEN or not (unit.take_back or fate.not_in_use(one, live)):  # no plan has that
        return how
    back = restore.earlier(one.change, one.before, now=live)
    if back is None or not back.writes:
        return how
    writer.write(back)
    if wrong := effect.differences(back, readback.shown(writer, back, unit.patience)):
        raise ReconcilerError(
            f"{one.change.address}: its earlier settings could not be written again: {'; '.join(wrong)}",
            fix="reconciler plan shows what is there now",
        )
    return Fate.TAKEN_BACK
