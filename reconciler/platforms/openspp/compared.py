"""Whether an Odoo holds the passwords that the stores have now, for `drift --compare-secrets`: Odoo gives them back."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.address import Resource
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Present, Reading
from reconciler.platforms.openspp.reading import MAIL_SERVERS
from reconciler.platforms.openspp.rpc import ReadOnlyOdoo


def same(
    odoo: ReadOnlyOdoo, secrets: Opener, reading: Reading, wanted: Mapping[Resource, Mapping[str, SecretRef]]
) -> Mapping[Resource, Mapping[str, bool]]:
    """Of mail servers. Raises PlatformError, SecretError."""
    ids = {
        resource: live.id
        for resource, refs in wanted.items()
        if resource.collection == MAIL_SERVERS and "password" in refs
        if isinstance(live := reading.live(resource), Present) and isinstance(live.id, int)
    }
    found = odoo.passwords(list(ids.values())) if ids else {}
    return {
        resource: {"password": secrets.open(wanted[resource]["password"]).equals(found[record])}
        for resource, record in ids.items()
        if record in found
    }
