"""What is there and declared nowhere, as the least that a file has to say of it. Pure: a Reading in, data out."""

from __future__ import annotations

from reconciler.model.adoption import Adoption, Found
from reconciler.model.finding import Severity
from reconciler.model.landscape import Landscape, Target
from reconciler.model.settings import Reading, Settings
from reconciler.pipeline import adopt_objects, adopt_secrets, adopt_settings, fleet, resource_schema
from reconciler.pipeline.adopt_objects import Object
from reconciler.pipeline.adopt_secrets import Wallet
from reconciler.pipeline.adopt_settings import Place
from reconciler.pipeline.resource_schema import ResourceSchema


def adoption(target: Target, reading: Reading, landscape: Landscape, shared: Settings) -> Adoption:
    """`shared` is what the environment says for all of its targets: sender.* and verify.*"""
    platform = fleet.platform(target.kind)
    schemas = {name: resource_schema.of(target.kind, name, shape) for name, shape in platform.COLLECTIONS.items()}
    relays = [relay for relay in landscape.relays if relay.environment == target.environment]
    place = Place(target=target, platform=platform, shared=shared, relays=relays)
    wallet = adopt_secrets.wallet(landscape, target.unit)
    seen = adopt_objects.seen(target, reading, landscape, schemas)
    found: list[Found] = []
    for one in seen.objects:
        said = _found(one, place, schemas[one.resource.collection], wallet)
        if one.kept or said.relay or said.settings:
            found.append(said)
        else:
            seen.left_out.append("; ".join((f"{one.title}: nothing but defaults", *said.remarks)))
    return Adoption(
        unit=target.unit,
        installation=target.installation.replace(f"{landscape.base}/", ""),
        found=tuple(found),
        left_out=tuple(seen.left_out),
        unread=tuple(seen.unread),
        findings=reading.findings,
    )


def _found(one: Object, place: Place, schema: ResourceSchema, wallet: Wallet) -> Found:
    said = adopt_settings.said(one.resource, one.live, place, schema, wallet)
    told = (f"{finding.rule}: {finding.what}" for finding in one.live.findings if finding.severity is not Severity.NOTE)
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
