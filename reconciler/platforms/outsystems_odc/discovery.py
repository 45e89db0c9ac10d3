"""Lists the keys of a stage, and guesses from their names which settings they hold, for a person to check."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconciler.errors import PlatformError
from reconciler.model.answers.discovery import DiscoveredKey, Discovery
from reconciler.platforms.outsystems_odc import stages
from reconciler.platforms.outsystems_odc.entries import Entry
from reconciler.platforms.outsystems_odc.keys import CHOICES, OF_APPS, OF_STAGE, SECRETS, TYPES, keys
from reconciler.platforms.outsystems_odc.portal import Portal
from reconciler.platforms.outsystems_odc.reader import app_entries, stage_entries

_APPS_LOOKED_AT = 3
_ORIGINS = {
    "EnvironmentLevelOverride": "set",
    "EnvironmentLevelDefault": "default",
    "ApplicationLevelOverride": "app, set",
    "ApplicationLevelDefault": "app, default",
    "LibraryLevelOverride": "library, set",
    "LibraryLevelDefault": "library, default",
}
# What the portal's labels are made of: words that must be there, words that must not. No name is published.
_LIKE: Mapping[str, tuple[str, str]] = {
    "host": (r"\b(server|host)\b", r"token|port|url|auth"),
    "port": (r"\bport\b", r"token|url"),
    "encryption": (r"\b(tls|ssl|starttls|encryption)\b", r"token"),
    "auth": (r"\bauthentication\b|\bauth type\b", r"token|url|client"),
    "username": (r"\buser ?name\b|\buser\b", r"sender"),
    "password": (r"\bpassword\b", r""),
    "oauth2.token_url": (r"\btoken\b.*\b(url|endpoint)\b", r""),
    "oauth2.client_id": (r"\bclient ?id\b", r"secret"),
    "oauth2.client_secret": (r"\bclient ?secret\b", r""),
    "oauth2.scope": (r"\bscopes?\b", r""),
    "sender.address": (r"\bsender\b.*\b(e-?mail|address)\b", r"name\b"),
    "sender.name": (r"\bsender\b.*\bname\b", r"e-?mail"),
    "test_list.active": (r"\btest\b.*\b(active|enabled?)\b", r""),
    "test_list.addresses": (r"\btest\b.*\b(list|address(es)?|e-?mails?)\b", r"\b(active|enabled?)\b"),
}
# words that say by themselves that a key is about mail: without one, "Server" may be anything
_MAIL = re.compile(r"\b(e-?mails?|smtp|sender|mail)\b")


def discovered(portal: Portal) -> Discovery:
    """The keys of one stage. Raises PlatformMissing for an unknown stage, PlatformAnswer for an answer off contract."""
    stage = stages.stage(portal)
    of_stage = stage_entries(portal, stage)
    of_app = _of_some_app(portal, stage) if portal.client.connection.get("experimental") is True else {}
    beside = {key: entry for key, entry in of_app.items() if key not in of_stage}
    mapped = {setting: key.key for setting, key in keys(portal.client.connection).items()}
    guesses = {**_guessed(of_stage.values(), OF_STAGE), **_guessed(beside.values(), OF_APPS)}
    settings = {key: setting for setting, key in mapped.items()}
    return Discovery(
        keys=tuple(
            DiscoveredKey(
                key=entry.key,
                name=entry.name,
                type=entry.type or "",
                origin=_ORIGINS.get(entry.origin or "", entry.origin),
                secret=entry.secret,
                suggested=None if entry.key in settings or guesses.get(entry.key) in mapped else guesses.get(entry.key),
                word=_word(entry, settings.get(entry.key) or guesses.get(entry.key)),
            )
            for entry in (*of_stage.values(), *beside.values())
        ),
        mapped=mapped,
    )


def _of_some_app(portal: Portal, stage: stages.Stage) -> Mapping[str, Entry]:
    """Of the first app that shows any: whether all apps have the same keys is not documented."""
    for known in list(stages.apps(portal, stage).values())[:_APPS_LOOKED_AT]:
        try:
            if found := app_entries(portal, stage, known[0]).found:
                return found
        except PlatformError:  # an app that this client may not see is not the only one
            continue
    return {}


def _guessed(found: Iterable[Entry], settings: Iterable[str]) -> dict[str, str]:
    """Setting by key, where exactly one key is like the setting and the key like no other one."""
    listed = list(found)
    likes = {setting: [entry.key for entry in listed if _like(setting, entry)] for setting in settings}
    sure = {setting: found[0] for setting, found in likes.items() if len(found) == 1}
    counts = list(sure.values())
    return {key: setting for setting, key in sure.items() if counts.count(key) == 1}


def _like(setting: str, entry: Entry) -> bool:
    name = re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entry.name or "")).lower()
    there, absent = _LIKE[setting]
    fits = entry.secret is (setting in SECRETS) and (entry.type is None or entry.type in TYPES[setting])
    about = _MAIL.search(name) is not None
    return fits and about and bool(re.search(there, name)) and not (absent and re.search(absent, name))


def _word(entry: Entry, setting: str | None) -> str | None:
    return entry.value if setting in CHOICES and not entry.secret else None
