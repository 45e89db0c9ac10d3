"""What was applied, as JSON: one document per installation."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from reconciler.errors import StateError
from reconciler.model import codec
from reconciler.model.address import Address
from reconciler.model.secret import SecretRef, SecretVersion
from reconciler.model.settings import Applied, AppliedSecret, Attested, Pending, Sent

FORMAT_VERSION = 1


@lru_cache(maxsize=1000)  # each load and each save asks
def slug(installation: str) -> str:
    """A name for files and paths: readable, and different for installations that differ in any character."""
    readable = re.sub(r"[^a-z0-9]+", "-", installation.lower()).strip("-")[:40].rstrip("-")
    return f"{readable or 'installation'}-{hashlib.sha256(installation.encode()).hexdigest()[:16]}"


def document(installation: str, entries: Iterable[Applied]) -> dict[str, Any]:
    ordered = sorted(entries, key=lambda entry: str(entry.address))
    return {"format_version": FORMAT_VERSION, "installation": installation, "entries": [_entry(one) for one in ordered]}


def entries(document: object, where: str, installation: str | None = None) -> tuple[Applied, ...]:
    """Reads what `document` made. Raises StateError that names `where`."""
    if not isinstance(document, Mapping) or not isinstance(found := document.get("installation"), str):
        raise _corrupted(where, "it names no installation")
    version = document.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        why, fix = f"its format is {version}, this one reads {FORMAT_VERSION}", "use the newer reconciler"
        raise StateError(f"{where} was written by a newer reconciler", why=why, fix=fix)
    if version != FORMAT_VERSION:
        raise _corrupted(where, f"its format_version is {version!r}")
    if installation is not None and found != installation:
        raise _corrupted(where, f"it belongs to {found}, not {installation}")
    try:
        return tuple(_applied(found, entry) for entry in document["entries"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _corrupted(where, f"an entry cannot be read ({type(error).__name__}: {error})") from error


def _corrupted(where: str, why: str) -> StateError:
    fix = "restore it from a backup or an earlier version; without it every secret counts as never applied"
    return StateError(f"{where} is corrupted", why=why, fix=fix)


def _entry(applied: Applied) -> dict[str, Any]:
    return {
        "address": str(applied.address),
        "settings": {key: codec.value(value) for key, value in sorted(applied.settings.items())},
        "secrets": {key: _known(secret) for key, secret in sorted(applied.secrets.items())},
        "marker": applied.marker,
        "run": applied.run,
        "at": applied.at,
        **({"order": applied.order} if applied.order is not None else {}),
        **({"attested": asdict(applied.attested)} if applied.attested else {}),
        **({"handed": _entry(applied.handed)} if applied.handed else {}),
        **({"pending": asdict(applied.pending)} if applied.pending else {}),
        **({"unproven": list(applied.unproven)} if applied.unproven else {}),
        **({"sent": [_sent(one) for one in applied.sent]} if applied.sent else {}),
    }


def _sent(one: Sent) -> dict[str, Any]:
    ref = codec.value(one.ref)["secret"]
    return {"setting": one.setting, "ref": ref, "field": one.field, "place": codec.value(one.place)}


def _known(secret: AppliedSecret) -> dict[str, Any]:
    version = {"number": secret.version.number, "created_time": secret.version.created_time}
    return {"ref": codec.value(secret.ref)["secret"], "version": version}


def _applied(installation: str, entry: Mapping[str, Any]) -> Applied:
    secrets = {key: _secret(value) for key, value in entry["secrets"].items()}
    return Applied(
        installation=installation,
        address=Address.parse(entry["address"]),
        settings={key: codec.value_from(value) for key, value in entry["settings"].items()},
        secrets=secrets,
        marker=entry["marker"],
        run=str(entry["run"]),
        at=str(entry["at"]),
        order=int(entry["order"]) if "order" in entry else None,
        attested=Attested(**entry["attested"]) if entry.get("attested") else None,
        handed=_applied(installation, entry["handed"]) if entry.get("handed") else None,
        pending=_pending(entry["pending"]) if entry.get("pending") else None,
        unproven=tuple(map(str, entry.get("unproven", ()))),
        sent=tuple(map(_sent_from, entry["sent"])) if entry.get("sent") else (),
    )


def _sent_from(found: Mapping[str, Any]) -> Sent:
    place = codec.value_from(found["place"])
    return Sent(setting=found["setting"], ref=SecretRef(**found["ref"]), field=found["field"], place=place)


def _pending(found: Mapping[str, Any]) -> Pending:
    return Pending(fields=tuple(map(str, found["fields"])), since=str(found["since"]))


def _secret(found: Mapping[str, Any]) -> AppliedSecret:
    return AppliedSecret(ref=SecretRef(**found["ref"]), version=SecretVersion(**found["version"]))
