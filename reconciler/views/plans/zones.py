"""Who opens what in which zone for a plan: read before anything is sent there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from reconciler.model.plan import ZoneOpens
from reconciler.model.secret import SecretRef
from reconciler.views.markdown import code

_FEW = 3  # references to be told one by one, of each sort in each store
_Shown = Callable[[str], str]


def lines(zones: Sequence[ZoneOpens]) -> list[str]:
    return [_sentence(one, str) for one in zones]


def markdown(one: ZoneOpens) -> str:
    return f"- {_sentence(one, code)}"


def _sentence(one: ZoneOpens, shown: _Shown) -> str:
    """`Zone dmz: its worker opens mail/prod#password (write), odoo/prod#api_key (read) as approle reconciler-dmz`."""
    stores = sorted({ref.store for ref in (*one.mail, *one.connection)})
    told = [_store(one, store, shown) for store in stores] or ["no secret"]
    return f"Zone {shown(one.zone)}: its worker opens {'; '.join(told)}"


def _store(one: ZoneOpens, store: str, shown: _Shown) -> str:
    role = f" as {shown(one.store_roles[store])}" if store in one.store_roles else ""
    sorts = (("write", one.mail), ("read", one.connection))
    return ", ".join(part for sort, refs in sorts for part in _some(sort, _of(store, refs), shown)) + role


def _of(store: str, refs: Sequence[SecretRef]) -> list[SecretRef]:
    return [ref for ref in dict.fromkeys(refs) if ref.store == store]


def _some(sort: str, refs: Sequence[SecretRef], shown: _Shown) -> Iterator[str]:
    """A reference as it is written in that zone."""
    few = refs if len(refs) <= _FEW + 1 else refs[:_FEW]
    yield from (f"{shown(str(replace(ref, zone=None)))} ({sort})" for ref in few)
    if left := len(refs) - len(few):
        yield f"{left} more ({sort})"
