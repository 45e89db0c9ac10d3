"""Documents, or what one run saw, as one overview. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from reconciler.errors import DocumentError
from reconciler.model import codec
from reconciler.model.answers.overview import Overview, Proven, Sending, Source
from reconciler.model.answers.proof import Proof
from reconciler.model.codec import Json
from reconciler.model.finding import Finding
from reconciler.model.landscape import Landscape
from reconciler.model.plan import Plan
from reconciler.model.runs import decoded
from reconciler.model.runs.history import History
from reconciler.model.settings import Desired
from reconciler.pipeline.report.documents import Document


def from_documents(documents: Sequence[Document], at: str) -> Overview:
    """Of each kind the newest counts; of plans the earlier ones too, to tell since when. Raises DocumentError."""
    try:
        return _overview(documents, at)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        names = ", ".join(str(one.path) for one in documents)
        raise DocumentError(f"{names}: one is incomplete or was edited", fix="make them again") from error


def _overview(documents: Sequence[Document], at: str) -> Overview:
    plans = sorted((one for one in documents if one.kind == "plan"), key=_at, reverse=True)
    others = {one.kind: one for one in sorted(documents, key=_at) if one.kind != "plan"}
    applied, explained, journal = (others.get(kind) for kind in ("apply", "explain", "history"))
    return Overview(
        at=at,
        sources=tuple(_source(one) for one in (*plans, *others.values())),
        plans=tuple(_plan(one.data) for one in plans if one.data["config_digest"] is not None),
        proofs=_proofs(documents),
        sending=decoded.sending(explained.data) if explained else None,
        relays=tuple(one["address"] for one in explained.data["relays"]) if explained else (),
        history=decoded.runs(journal.data) if journal else None,
        ended=decoded.ended(applied.data) if applied else (),
        beside=tuple(_beside([*others.values(), *plans[:1]])),
    )


def _plan(data: Json) -> Plan:
    """Without the handshakes that `--prove` puts beside it."""
    return codec.plan_from({name: part for name, part in data.items() if name != "handshakes"})


def _proofs(documents: Sequence[Document]) -> tuple[Proven, ...]:
    """The newest of each relay, whichever command made it."""
    found = (_named(one) for document in sorted(documents, key=_at) for one in decoded.proofs(document.data))
    newest = {(one.handshake.relay, one.handshake.host, one.handshake.port): one for one in found}
    return tuple(newest.values())


def _named(one: Proven) -> Proven:
    """A resource's own route by the resource, as `verify` names it; `apply` gives it no name."""
    if one.handshake.relay is not None or not one.used_by:
        return one
    return replace(one, handshake=replace(one.handshake, relay=one.used_by[0]))


def _beside(documents: Iterable[Document]) -> Iterator[Finding]:
    """What documents tell beside their result; the findings of a plan that came to one are its own."""
    for one in documents:
        if one.kind != "plan" or one.data["config_digest"] is None:
            yield from (codec.finding_from(found) for found in one.data["findings"])


def _source(one: Document) -> Source:
    return Source(name=one.path.name, kind=one.kind, at=_at(one) or None, complete=one.data["complete"])


def _at(one: Document) -> str:
    """RFC 3339; empty where the document does not say."""
    times = [one.data.get("created_at"), one.data.get("at"), *(proof["at"] for proof in one.data.get("handshakes", ()))]
    return max((time for time in times if time), default="")


def observed(land: Landscape, plan: Plan, *, history: History | None = None, proof: Proof | None = None) -> Overview:
    """What one run saw; None is what it did not look at."""
    kinds = {"plan": plan, "explain": land, "history": history, "verify": proof}
    sources = (Source(name="", kind=kind, at=plan.created_at) for kind, part in kinds.items() if part is not None)
    users, handshakes = (proof.users, proof.handshakes) if proof else ({}, ())
    return Overview(
        at=plan.created_at,
        sources=tuple(sources),
        plans=(plan,),
        proofs=tuple(Proven(handshake=one, used_by=users.get(one.relay or "", ())) for one in handshakes),
        sending=tuple(one for one in map(_sending, land.desired) if one),
        relays=tuple(one.address for one in land.relays),
        history=history,
    )


def _sending(one: Desired) -> Sending | None:
    host = one.origin.get("host")
    relay = f"{one.address.environment}/{host.relay}" if host and host.relay else None
    return Sending.of(str(one.address), one.kind, relay, one.handshake)
