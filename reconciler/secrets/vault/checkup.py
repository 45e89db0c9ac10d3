"""Looks at one store for a person: is it Vault and open, who are we there, for how long, and what may we do? Opens no
secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import SecretError
from reconciler.model.checkup import Examined
from reconciler.secrets.vault import engine
from reconciler.secrets.vault.answer import Answer
from reconciler.secrets.vault.api import VaultApi
from reconciler.secrets.vault.errors import Request

SOON = 600  # seconds; an apply of many installations takes as long
SHOWN = 3  # paths of a kind
AT_ONCE = 500  # paths in one request


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a run does at a path, which is below /v1. `only` names who needs it, where that is not every run."""

    path: str
    capabilities: tuple[str, ...]
    of: str  # "versions of mail secrets"
    only: str | None = None


def examined(api: VaultApi, needs: Sequence[Need]) -> Iterator[Examined]:
    """What goes wrong is among them, and ends what cannot be looked at then."""
    try:
        yield _server(api)
        api.login()
        yield from _token(api)
        yield _mount(api)
        yield from _rights(api, needs)
    except SecretError as error:
        why = f" ({error.why})" if error.why else ""
        yield Examined(what="store", ok=False, said=f"{error.what}{why}", fix=error.fix)


def _server(api: VaultApi) -> Examined:
    options = api.options
    found = Answer(request=_request(api, "sys/health"), data=api.health())
    version = found.data.get("version")
    if not isinstance(version, str):
        raise found.odd("version", version, "text")
    said = f"{options.address}, version {version}" + (f", namespace {options.namespace}" if options.namespace else "")
    if found.data.get("initialized") is False:
        fix = "its operators must initialise it:  vault operator init"
        return Examined(what="server", ok=False, said=f"{said}: not initialised", fix=fix)
    if found.data.get("sealed") is True:
        fix = "its operators must unseal it:  vault operator unseal"
        return Examined(what="server", ok=False, said=f"{said}: sealed", fix=fix)
    return Examined(what="server", ok=True, said=said)


def _token(api: VaultApi) -> Iterator[Examined]:
    found = api.ask("get", "auth/token/lookup-self")
    data = found.data
    kind, by = str(data.get("type") or "plain"), str(api.options.auth.get("method", "token"))
    policies = ", ".join(found.names("policies")) if data.get("policies") else "none"
    yield Examined(what="token", ok=True, said=f"{kind} token by {by}, policies {policies}")
    yield _time_left(found)
    if uses := found.number("num_uses") if "num_uses" in data else 0:
        fix = "set token_num_uses of the role to 0: a run asks as often as it has secrets"
        yield Examined(what="uses", ok=False, said=f"the token may be used {uses} more times", fix=fix)
    if "root" in policies.split(", "):
        fix = "give it a policy of its own: examples/vault/"
        yield Examined(what="token", ok=None, said="this is a root token: it may do everything in Vault", fix=fix)


def _time_left(found: Answer) -> Examined:
    left = found.number("ttl")
    if not left and found.data.get("expire_time") is None:
        return Examined(what="time", ok=True, said="the token does not end")
    renewable = "renewable" if found.data.get("renewable") is True else "not renewable"
    said = f"the token ends in {left // 60} min {left % 60} s, {renewable}"
    fix = "raise token_ttl of the role: an apply must not outlive its token"
    return Examined(what="time", ok=left >= SOON or None, said=said, fix=fix)


def _mount(api: VaultApi) -> Examined:
    if engine.check(api):
        return Examined(what="mount", ok=True, said=f"{api.options.mount}/ is KV v{api.options.kv}")
    said = f"nothing is mounted at {api.options.mount}/, or no policy of the token allows anything there"
    return Examined(what="mount", ok=False, said=said, fix=f"correct secret_stores.{api.options.store}.mount")


def _rights(api: VaultApi, needs: Sequence[Need]) -> Iterator[Examined]:
    held = dict[str, frozenset[str]]()
    paths = list(dict.fromkeys(need.path for need in needs))
    for first in range(0, len(paths), AT_ONCE):
        some = paths[first : first + AT_ONCE]
        answer = api.ask("post", "sys/capabilities-self", body={"paths": some})
        held |= {path: frozenset(answer.names(path)) for path in some}
    for of, only in dict.fromkeys((need.of, need.only) for need in needs):
        yield _right(of, only, [need for need in needs if (need.of, need.only) == (of, only)], held)


def _right(of: str, only: str | None, needs: Sequence[Need], held: Mapping[str, frozenset[str]]) -> Examined:
    """One line for all paths of a kind. What only some runs need is no fault of a token for others."""
    lost = [need for need in needs if _lacks(need, held)]
    verb = " and ".join(needs[0].capabilities)
    if not lost:
        return Examined(what="rights", ok=True, said=f"{of}: may {verb}, {len(needs)} of {len(needs)}")
    shown = ", ".join(need.path for need in lost[:SHOWN]) + (f", and {len(lost) - SHOWN} more" if lost[SHOWN:] else "")
    needed = f"; {only} needs it" if only else ""
    quoted = '", "'.join(needs[0].capabilities)
    fix = f'add  path "{lost[0].path}" {{ capabilities = ["{quoted}"] }}  to a policy; see examples/vault/'
    return Examined(what="rights", ok=None if only else False, said=f"{of}: may not {verb} {shown}{needed}", fix=fix)


def _lacks(need: Need, held: Mapping[str, frozenset[str]]) -> bool:
    return "root" not in held[need.path] and not held[need.path] >= set(need.capabilities)


def _request(api: VaultApi, path: str) -> Request:
    return Request(store=api.options.store, address=api.options.address, method="get", path=path)
