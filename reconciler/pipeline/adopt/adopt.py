"""What is there and declared nowhere, as the least that a file has to say of it. Pure: a Reading in, data out."""

from __future__ import annotations

from reconciler.model.adoption import Adoption, Found
from reconciler.model.finding import Severity
from reconciler.model.landscape import Landscape, Target
from reconciler.model.settings import Reading, Settings
from reconciler.pipeline import guard
from reconciler.pipeline.adopt import objects, resource_schema, secrets, settings
from reconciler.pipeline.adopt.objects import Object
from reconciler.pipeline.adopt.resource_schema import ResourceSchema
from reconciler.pipeline.adopt.secrets import Wallet
from reconciler.pipeline.adopt.settings import Place


def adoption(
    target: Target, reading: Reading, landscape: Landscape, shared: Settings, wallet: Wallet | None = None
) -> Adoption:
    """`shared` is what the environment says for all of its targets: sender.* and verify.*

    `wallet` knows the logins of others too; without one, it knows those of the files.

    Raises BrokenPlatform when the platform raises, PlatformError for a kind that is not installed here.
    """
    known = wallet or secrets.wallet(landscape, target.unit, target.zone)
    return guard.answer(target.unit, lambda: _adoption(target, reading, landscape, shared, known))


def _adoption(target: Target, reading: Reading, landscape: Landscape, shared: Settings, wallet: Wallet) -> Adoption:
    platform = guard.platform(target.kind)
    schemas = {name: resource_schema.of(target.kind, name, shape) for name, shape in platform.collections.items()}
    relays = [relay for relay in landscape.relays if relay.environment == target.environment]
    place = Place(target=target, platform=platform, shared=shared, relays=relays)
    seen = objects.seen(target, reading, landscape, schemas)
    found: list[Found] = []
    for one in seen.objects:
        said = _found(one, place, schemas[one.resource.collection], wallet)
        if one.kept or said.relay or said.settings:
            found.append(said)
        else:
            seen.left_out.append("; ".join((f"{one.title}: only defaults", *said.remarks)))
    return Adoption(
        unit=target.unit,
        installation=target.installation.replace(f"{landscape.base}/", ""),
        found=tuple(found),
        left_out=tuple(seen.left_out),
        unread=tuple(seen.unread),
        findings=reading.findings,
    )


def _found(one: Object, place: Place, schema: ResourceSchema, wallet: Wallet) -> Found:
    said = settings.declarable(one.resource, one.live, place, schema, wallet)
    known = {None, *one.live.settings, *one.live.write_only}  # a setting that is not there cannot be wrong
    told = (
        f"{finding.rule}: {finding.what}"
        for finding in one.live.findings
        if finding.severity is not Severity.NOTE and finding.field in known
    )
    return Found(
        resource=one.resource,
        title=one.title,
        settings=said.settings,
        relay=said.relay,
        adopt=one.adopt,
        suggested=said.suggested,
        notes=said.notes,
        remarks=(*said.remarks, *told),
    )
