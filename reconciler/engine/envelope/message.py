"""What is signed, both ways. Bodies are documents of `model/wire`: what they mean, their readers know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Document = Mapping[str, Any]
COORDINATOR = "coordinator"  # who sends requests, in every installation: its keys tell which
LONGEST = 3600  # seconds from issue to deadline: as long as claims keep answers, so that no message outlives its claim


class Role(StrEnum):
    """What the sender means to do at most, in the whole run."""

    READ = "read"
    WRITE = "write"


class Op(StrEnum):
    READ = "read"
    VERSIONS = "versions"
    PROVE = "prove"
    WRITE = "write"
    SETTLE = "settle"
    STOP = "stop"  # of a run, as far as the role goes: one that reads stops no run that writes


class Status(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"  # begun by a worker that is gone: nobody knows how far it got
    FENCED = "fenced"  # a later run, or a later message of this one, was there first


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One message to one zone. `issued` and `deadline` are seconds since the epoch, by the sender's clock.

    (`fence`, `seq`) strictly increase, over runs and within one. `reply` is the key by which answers find the run.
    `platforms` names, for kinds of other packages, the package and its version. `files` are texts by their SHA-256.
    """

    zone: str
    jti: str
    issued: int
    deadline: int
    role: Role
    run: str
    fence: int
    seq: int
    op: Op
    protocol: int
    version: str
    reply: str
    body: tuple[Document, ...] = ()
    platforms: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One message back. `of` is the `jti` of the request; `body` is in its order.

    `why` is the Finding's document where `status` is not DONE; else it is None.
    """

    zone: str
    jti: str
    issued: int
    deadline: int
    of: str
    run: str
    seq: int
    status: Status
    protocol: int
    version: str
    body: tuple[Document, ...] = ()
    why: Document | None = None
