"""The lines of the file that changes would change, for `plan --diff`; opens no secret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.drivers.textfile.diff import AFTER
from reconciler.model.change import Change
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.platforms.file.layout import keys_of
from reconciler.platforms.file.limits import SECRETS
from reconciler.platforms.file.writing import FileWriter


class Masked:
    """Gives the same mask for every secret."""

    def open(self, ref: SecretRef) -> SecretValue:
        return SecretValue(AFTER)


def lines(writer: FileWriter, changes: Sequence[Change]) -> Iterator[str]:
    """Raises PlatformError for a file that cannot be read, or not be changed so."""
    names = {
        key.name(change.address.resource.key)
        for change in changes
        for key in keys_of(change.address.resource.collection, writer.connection)
        if key.setting in SECRETS
    }
    try:
        yield from writer.file.diff(writer.edits_of(changes), names)
    finally:
        writer.close()
