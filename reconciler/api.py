"""What a platform of your own is written with: import from here and from `reconciler.testing`, and from nowhere else.

These names stay, and what they mean; every other module may change with any version. Nothing is defined here, and
nothing heavy is imported: the HTTP client loads its library with the first request.

- The platform: `Platform`, and what its parts get and give. `docs/testing-a-platform.md` has one from end to end.
- What is declared: `Desired`, `Settings`, `Connection`. What is there: `Reading`, `Present`, `Absent`, `Unreadable`,
  `Stranger`. What is written: `Change`, `FieldChange`, `Action`, `FieldKind`.
- What is worth telling: `Finding`, `Severity`, `Holds`. What goes wrong outside: the errors, `PlatformError` first.
- Secrets: a `SecretRef` is data; `Opener.open` gives its `SecretValue`, which shows its text by `reveal()` only. Open
  it as late as you can: the HTTP client takes one as a part of a header or a body, and opens it itself.
- HTTP: `ReadOnlyHttp` for the reader, with the list of what it may request; `Http` for the writer. `http_site` makes
  their `Site` from the keys that every `connection` has (`ca_file`, `proxy`, `client_certificate`, `timeout`).
- The platform's own test, if it has one: `Handshake` and its parts.
"""

from __future__ import annotations

from reconciler.drivers.http.answer import Answer
from reconciler.drivers.http.client import Http, ReadOnlyHttp, Requests
from reconciler.drivers.http.site import HeaderValue, Site, check_url
from reconciler.drivers.http.site import site as http_site
from reconciler.errors import (
    PlatformAnswer,
    PlatformBusy,
    PlatformDenied,
    PlatformError,
    PlatformMissing,
    PlatformRefused,
    PlatformUnreachable,
    ReconcilerError,
    SecretError,
    WriteForbidden,
)
from reconciler.model.address import Address, Resource
from reconciler.model.answers.discovery import DiscoveredKey, Discovery
from reconciler.model.change import WRITING, Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.handshake import OAUTH2_FIELDS, CheckResult, CheckStatus, Handshake, Level, Status, Step
from reconciler.model.platform import Platform
from reconciler.model.ports import Foreseeing, Opener, Reader, Recovering, Selective, Together, Writer
from reconciler.model.secret import SecretRef, SecretValue
from reconciler.model.settings import (
    Absent,
    Adopt,
    Connection,
    Desired,
    Live,
    Origin,
    Present,
    Reading,
    Settings,
    Shape,
    Stranger,
    Tree,
    Unreadable,
    Value,
)
from reconciler.model.source import Position

__all__ = [
    "OAUTH2_FIELDS",
    "WRITING",
    "Absent",
    "Action",
    "Address",
    "Adopt",
    "Answer",
    "Cause",
    "Change",
    "CheckResult",
    "CheckStatus",
    "Connection",
    "Desired",
    "DiscoveredKey",
    "Discovery",
    "FieldChange",
    "FieldKind",
    "Finding",
    "Foreseeing",
    "Handshake",
    "HeaderValue",
    "Holds",
    "Http",
    "Level",
    "Live",
    "Opener",
    "Origin",
    "Platform",
    "PlatformAnswer",
    "PlatformBusy",
    "PlatformDenied",
    "PlatformError",
    "PlatformMissing",
    "PlatformRefused",
    "PlatformUnreachable",
    "Position",
    "Present",
    "ReadOnlyHttp",
    "Reader",
    "Reading",
    "ReconcilerError",
    "Recovering",
    "Requests",
    "Resource",
    "SecretError",
    "SecretRef",
    "SecretValue",
    "Selective",
    "Settings",
    "Severity",
    "Shape",
    "Site",
    "Status",
    "Step",
    "Stranger",
    "Together",
    "Tree",
    "Unreadable",
    "Value",
    "WriteForbidden",
    "Writer",
    "check_url",
    "http_site",
]
