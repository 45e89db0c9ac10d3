"""What the declaration alone shows: words that a file has not, keys that two settings share, modes that are open."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from reconciler.drivers.textfile.file import Edit, unsayable
from reconciler.drivers.textfile.readers import CARRIERS, FROM_FILES_ONLY, READERS
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Connection, Desired, Value
from reconciler.platforms.file import application
from reconciler.platforms.file.forms import One, Part, Split
from reconciler.platforms.file.joined_keys import parsed, written
from reconciler.platforms.file.keys import Key, canonical
from reconciler.platforms.file.layout import Layout, layout, mailers, placed

SECRETS = frozenset({"password", "oauth2.client_secret"})
FOREIGN, LOST = "foreign-file", "readers-lost"  # risks of a write, which `around` tells
_BY_OTHERS = 0o007


def findings(desired: Desired, connection: Connection) -> Iterator[Finding]:
    there = layout(connection)
    keys = there.of(desired.address.resource.collection)
    yield from _of_form(desired, connection, there)
    yield from _of_keys(desired, there)
    for key in keys:
        if key.setting in desired.settings:
            yield from _of_value(desired, key, desired.settings[key.setting])
    yield from _of_joined(desired, keys)
    yield from application.findings(desired, there)
    yield from _of_mode(desired, keys, connection)
    yield from _of_path(desired, connection)


def mode(connection: Connection) -> int | None:
    found = connection.get("mode")
    return int(str(found), 8) if found is not None else None


def _of_form(desired: Desired, connection: Connection, there: Layout) -> Iterator[Finding]:
    form = connection.get("format", there.format)
    if form in CARRIERS:
        yield from _of_carrier(desired, connection, there)
        return
    if "service" in connection:
        yield _of_connection(
            desired,
            "service",
            "connection.service: only a Compose file has services",
            why="format: compose",
            fix="leave it out",
        )
    if READERS[there.reader].format != there.format:
        what = f"connection.reader: {there.reader} does not read {there.format} files"
        known = ", ".join(name for name, reader in READERS.items() if reader.format == there.format)
        yield _of_connection(desired, "reader-format", what, why="each reader knows one format", fix=f"one of {known}")
    if form != there.format:
        what = f"connection.format: {form} is not the format of preset {connection['preset']}"
        why = f"its file is {there.format}"
        yield _of_connection(desired, "preset-format", what, why=why, fix="leave format out")


def _of_path(desired: Desired, connection: Connection) -> Iterator[Finding]:
    """A declaration is never an application's file."""
    if "ssh" in connection:
        yield from _of_host(desired, str(connection["ssh"]), str(connection["path"]))
        return
    parts, path = desired.position.file.split(os.sep), str(connection["path"])  # noqa: PTH206  # text, a thousand times
    if len(parts) < 2:  # <environment>/<target>.yaml, at least
        return
    if len(parts) > 2 and parts[-3] not in (".", "..") and f"/{parts[-3]}/" not in path:
        return  # told without a look at the working folder, for a thousand targets
    root = os.path.dirname(os.path.dirname(os.path.abspath(desired.position.file)))  # noqa: PTH100, PTH120
    if path.startswith(f"{root}/"):
        what = f"connection.path: {path} is below {root}, where the declarations are"
        why = "what is written there would be taken for a declaration, and committed with its password"
        yield _of_connection(
            desired, "path-below-root", what, why=why, fix="the application's own file, e.g. /srv/shop/.env"
        )


def _of_host(desired: Desired, ssh: str, path: str) -> Iterator[Finding]:
    from reconciler.drivers.shell.ssh_command import login  # for files on other hosts only

    if login(ssh) is None:
        what = f"connection.ssh: {ssh} is not user@host:port"
        why, fix = "the port is a number from 1 to 65535", "e.g. ssh: deploy@app01.example.com"
        yield _of_connection(desired, "connection-ssh", what, why=why, fix=fix)
    if not path.startswith("/"):
        what, why = f"connection.path: {path} is relative", "on another host nothing tells to which folder"
        yield _of_connection(desired, "path-relative", what, why=why, fix="the whole path, e.g. /srv/shop/.env")


def _of_carrier(desired: Desired, connection: Connection, there: Layout) -> Iterator[Finding]:
    """The environment of an application, in a file that carries it."""
    named = "service" in connection
    if (there.format == "compose") != named:
        what = "connection.service: missing" if not named else "connection.service: a Secret has no services"
        fix = "service: app, as it is called in the file" if not named else "leave it out"
        yield _of_connection(
            desired, "service", what, why="a Compose file holds an environment for each service", fix=fix
        )
    if READERS[there.reader].format not in ("dotenv", "environment") or there.reader in FROM_FILES_ONLY:
        what = f"connection.format: {there.format} brings no file for {connection.get('preset', there.reader)}"
        why = "it carries environment variables, and this application reads a file of its own"
        yield _of_connection(desired, "preset-format", what, why=why, fix="leave format out")


def _of_keys(desired: Desired, there: Layout) -> Iterator[Finding]:
    resource = desired.address.resource
    keys = there.of(resource.collection)
    if not keys:
        where = "with {mailer} or {MAILER} in it" if resource.collection == "mailers" else "without {mailer} in it"
        yield _error(
            desired,
            "no-keys",
            f"connection.keys has no key {where}",
            why=f"{resource.collection} need it to be told apart",
            fix="host: SMTP_{MAILER}_HOST" if resource.collection == "mailers" else "host: SMTP_HOST",
        )
    for key, rule, what, why, fix in _of_shared_keys(keys):
        yield _error(desired, rule, what, why=why, fix=fix, key=key)
    for key, at in zip(keys, placed(there, resource), strict=True) if resource.key is not None else ():
        if name := next((name for name in at.names if name in key.form.names), None):
            what = f"{name} is one key for all mailers"
            yield _error(
                desired, "mailer-name", what, why="they would overwrite each other", fix="put {mailer} into it", key=key
            )
        elif mailers(there, at.names[0]).get(key.setting) != resource.key:
            better = canonical(key, str(resource.key))
            what = f"{resource.key} has the same key as {at.names[0]}"
            why = "in {MAILER}, - and . become _; in YAML a dot separates keys"
            yield _error(
                desired, "mailer-name", what, why=why, fix=f"call it {better}" if better else "rename it", key=key
            )
            return


@lru_cache(maxsize=100)  # the same for every resource
def _of_shared_keys(keys: tuple[Key, ...]) -> tuple[tuple[Key, str, str, str, str], ...]:
    """One key for one setting; but the parts of a template share theirs, each of them. Rule, what, why and fix."""
    return tuple(_shared(keys))


def _shared(keys: tuple[Key, ...]) -> Iterator[tuple[Key, str, str, str, str]]:
    uses = Counter(name for key in keys for name in dict.fromkeys(key.form.names) if not _is_joined(key, name))
    parts = {(key.setting, key.form.key, tuple(key.form.templates)) for key in keys if isinstance(key.form, Part)}
    joined = {key.form.key for key in keys if isinstance(key.form, Part)}
    for key in keys:
        shared = [name for name in key.form.names if uses[name] + (name in joined) > 1]
        if shared and not _agreed(keys, shared):
            what = f"{shared[0]} is the key of more than one setting"
            yield key, "key-not-unique", what, "they would overwrite each other", "one key each"
        if isinstance(form := key.form, Part):
            lacking = [name for name in sorted(form.others) if (name, form.key, tuple(form.templates)) not in parts]
            if lacking:
                what = f"{form.key} holds {form.templates[0]}, and {', '.join(lacking)} has no such key"
                fix = f"{lacking[0]}: {{key: {form.key}, template: …}}, as {key.setting} has it"
                yield key, "key-not-shared", what, "the whole value is written, so each part needs a key", fix


def _is_joined(key: Key, name: str) -> bool:
    return isinstance(key.form, Part) and key.form.key == name


def _agreed(keys: tuple[Key, ...], names: list[str]) -> bool:
    """Several settings may want the same key beside theirs, when they want the same of it."""
    wanted = [
        also[name]
        for key in keys
        for name in names
        if name in (also := key.form.also if isinstance(key.form, One | Part) else {})
    ]
    uses = sum(name in key.form.names for key in keys for name in names)
    return len(wanted) == uses and len(set(map(repr, wanted))) == 1


def _of_value(desired: Desired, key: Key, value: Value) -> Iterator[Finding]:
    if isinstance(value, SecretRef):
        if not isinstance(key.form, One) or key.form.values:
            what = f"{key.setting} shares its key, or has words"
            yield _error(
                desired,
                "secret-not-alone",
                what,
                why="a secret needs a key of its own, without words",
                fix="one key",
                key=key,
            )
        return
    try:
        yield from _of_words(desired, key, key.theirs(value))
    except KeyError:
        words = getattr(key.form, "values", None) or getattr(key.form, "words", {})
        known = ", ".join(words)
        what = f"{value} is not mapped in connection.keys.{key.setting}.values"
        why = f"the words mapped are {known}"
        yield _error(desired, "value-not-mapped", what, why=why, fix=f"add {value}: … there, or use {known}", key=key)
    except TypeError:
        why = "a key in a file holds one value"
        yield _error(desired, "value-not-mapped", f"{key.setting} is a list", why=why, fix="declare one value", key=key)
    except ValueError:
        form = key.form
        names = f" {form.separator} ".join(form.keys) if isinstance(form, Split) else key.template
        what = f"{key.setting} cannot be split into {names}"
        why = "the application keeps the parts in separate keys"
        yield _error(desired, "value-not-mapped", what, why=why, fix="declare a value of that form", key=key)


def _of_words(desired: Desired, key: Key, words: Mapping[str, Edit]) -> Iterator[Finding]:
    """What the program that reads the file would decode, expand, execute or cut."""
    for word in words.values():
        if not isinstance(word, str) or (READERS[key.reader].format != key.format and key.format not in CARRIERS):
            continue
        if problem := unsayable(key.format, key.reader, word):
            what = f"{key.setting}: {problem.what}"
            why = f"{key.reader} reads this file (connection.reader)"
            yield _error(desired, "not-sayable", what, why=why, fix=problem.fix, key=key)


def _of_joined(desired: Desired, keys: tuple[Key, ...]) -> Iterator[Finding]:
    """Whether what is written comes back as it was: `::1:25` does not as `{host}:{port}`."""
    told: set[str] = set()
    for key in keys:
        form = key.form
        if not isinstance(form, Part) or desired.settings.get(key.setting) is None or form.key in told:
            continue
        parts = {name: str(value) for name in form.others if (value := desired.settings.get(name)) is not None}
        text = written(form.templates, parts)
        back = parsed(form.templates, text)
        if text is not None and (problem := unsayable(key.format, key.reader, text)):
            told.add(form.key)
            why = f"{key.reader} reads this file (connection.reader)"
            what = f"{key.setting}: {problem.what}"
            yield _error(desired, "not-sayable", what, why=why, fix=problem.fix, key=key)
        if text is not None and (back is None or back.get(key.setting) != parts[key.setting]):
            told.add(form.key)
            what = f"{key.setting}: this value does not fit {form.templates[0]}"
            why = f"{key.template} joins them into one value, which could not be split again"
            yield _error(desired, "value-not-mapped", what, why=why, fix="declare another value", key=key)


def _of_mode(desired: Desired, keys: tuple[Key, ...], connection: Connection) -> Iterator[Finding]:
    try:
        wanted = mode(connection)
    except ValueError:
        what = f"connection.mode: {connection['mode']} is not a file mode"
        yield _of_connection(desired, "file-mode", what, why="it must be octal", fix='mode: "0640"')
        return
    secret = next((key for key in keys if key.setting in SECRETS), None)
    if secret and wanted is not None and wanted & _BY_OTHERS:
        yield Finding(
            severity=Severity.WARNING,
            rule="secret-readable-by-others",
            what=f"mode {wanted:04o} lets every user on that host read {secret.setting}",
            why="the file holds the secret in clear text",
            fix=f'mode: "{wanted & ~_BY_OTHERS:04o}"',
            address=str(desired.address),
            field=secret.setting,
            where=desired.position,
        )


def _error(desired: Desired, rule: str, what: str, *, why: str, fix: str, key: Key | None = None) -> Finding:
    setting = key.setting if key else None
    origin = desired.origin.get(setting) if setting else None
    return Finding(
        severity=Severity.ERROR,
        rule=rule,
        what=what,
        why=why,
        fix=fix,
        address=str(desired.address),
        field=setting,
        where=origin.position if origin else desired.position,
    )


def _of_connection(desired: Desired, rule: str, what: str, *, why: str, fix: str) -> Finding:
    """About the target, so that it is told once for all of its mailers."""
    return replace(_error(desired, rule, what, why=why, fix=fix), address=desired.address.unit)
