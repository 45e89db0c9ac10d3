"""Whether the file holds the secrets that the stores have now, for `drift --compare-secrets`."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.drivers.textfile.file import ReadOnlyFile
from reconciler.model.address import Resource
from reconciler.model.ports import Opener
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import Connection
from reconciler.platforms.file.layout import layout


def same(
    file: ReadOnlyFile, connection: Connection, secrets: Opener, wanted: Mapping[Resource, Mapping[str, SecretRef]]
) -> Mapping[Resource, Mapping[str, bool]]:
    """Raises PlatformError for a file that cannot be read, SecretError for a secret that cannot be opened."""
    keys = {(one.collection, key.setting): key for one in wanted for key in layout(connection).of(one.collection)}
    names = {
        (one, setting): key.name(one.key)
        for one, refs in wanted.items()
        for setting in refs
        if (key := keys.get((one.collection, setting))) is not None
    }
    try:
        content = file.read(lambda name: name in names.values())
    finally:
        file.close()
    there = {} if content is None else content.values
    found: dict[Resource, dict[str, bool]] = {}
    for (resource, setting), name in names.items():
        if isinstance(value := there.get(name), str | int) and not isinstance(value, bool):
            secret = secrets.open(wanted[resource][setting])
            found.setdefault(resource, {})[setting] = secret.equals(SecretValue(str(value)))
    return found
