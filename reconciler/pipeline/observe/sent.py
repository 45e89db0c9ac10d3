"""Where secrets were sent, as the state remembers it after their setting or resource left the files, too. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from reconciler.model.address import Resource
from reconciler.model.settings import Applied, Sent

# The setting that says where a secret is sent; every other secret goes to the host.
_DESTINATIONS = {"oauth2.client_secret": ("oauth2.token_url", "oauth2.authority_host")}

# Places of secrets whose resources left the files, in the state of one installation: the latest.
MOST_LEFT = 200


def fields(setting: str) -> Sequence[str]:
    """The settings that say where this secret goes."""
    return _DESTINATIONS.get(setting, ("host",))


def places(entry: Applied) -> tuple[Sent, ...]:
    """Where its secrets have gone, before and now."""
    return (*entry.sent, *_now(entry))


def remembered(last: Applied | None, now: Applied) -> Applied:
    """`now` with all that `last` knew and `now` does not say any more: a secret that left the files was sent all the
    same."""
    if last is None:
        return now
    said = set(_now(now))
    return replace(now, sent=tuple(one for one in dict.fromkeys((*places(last), *now.sent)) if one not in said))


def released(entries: Sequence[Applied], gone: Collection[Resource]) -> tuple[Applied, ...]:
    """The entries of one installation without those of `gone`; where their secrets went stays.

    Who declares such a secret later, for that resource or for another, finds it known. A place is kept once.
    """
    stay = [one for one in entries if one.address.resource not in gone and not _only_sent(one)]
    left = [one for one in entries if one.address.resource in gone or _only_sent(one)]
    said = {place for one in stay for place in places(one)}
    kept: list[Applied] = []
    for one in sorted(left, key=lambda one: one.at, reverse=True):
        new = [place for place in dict.fromkeys(places(one)) if place not in said][: MOST_LEFT - _count(kept)]
        said.update(new)
        kept += [_bare(one, new)] if new else []
    return (*stay, *kept)


def without_secrets(entry: Applied, gone: Collection[str]) -> Applied:
    """As if these had never been applied: nobody knows which version is there. Where they went stays known."""
    secrets = {name: one for name, one in entry.secrets.items() if name not in gone}
    return remembered(entry, replace(entry, secrets=secrets))


def given(entry: Applied, setting: str) -> bool:
    """Whether the application has this secret from us, as far as we know."""
    return setting in entry.secrets or (_only_sent(entry) and any(one.setting == setting for one in entry.sent))


def _now(entry: Applied) -> Iterator[Sent]:
    for setting, secret in entry.secrets.items():
        ref = replace(secret.ref, version=None)
        for field in fields(setting):
            yield Sent(setting=setting, ref=ref, field=field, place=entry.settings.get(field))


def _only_sent(entry: Applied) -> bool:
    return entry.nothing_stands and entry.handed is None


def _bare(entry: Applied, sent: Sequence[Sent]) -> Applied:
    return Applied(
        installation=entry.installation,
        address=entry.address,
        settings={},
        secrets={},
        marker=None,
        run=entry.run,
        at=entry.at,
        sent=tuple(sent),
    )


def _count(kept: Iterable[Applied]) -> int:
    return sum(len(one.sent) for one in kept)
