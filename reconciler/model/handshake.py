"""What a live SMTP handshake is asked to prove, and what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from reconciler.model.secret import SecretRef

if TYPE_CHECKING:
    from reconciler.model.answers.prediction import Outcome
    from reconciler.model.answers.verdict import Verdict


class Encryption(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"  # RFC 3207, verified
    TLS = "tls"  # implicit TLS (RFC 8314), verified


class Auth(StrEnum):
    NONE = "none"
    BASIC = "basic"  # username and password: AUTH PLAIN or LOGIN
    OAUTH2 = "oauth2"  # XOAUTH2 or OAUTHBEARER


class Level(StrEnum):
    """How far a handshake goes; each includes those before it."""

    STATIC = "static"  # what the declaration and the DNS tell; part of every handshake, nobody asks for it alone
    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    ENVELOPE = "envelope"  # MAIL, RCPT, RSET: nothing is sent
    MESSAGE = "message"  # one real message

    rank: int

    def __init__(self, _: str) -> None:
        self.rank = len(type(self).__members__)


class Status(StrEnum):
    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"  # the server asked to try later, or did not answer in time


class CheckStatus(StrEnum):
    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    INFO = "info"
    SKIPPED = "skipped"
    INCONCLUSIVE = "inconclusive"


class CheckSeverity(StrEnum):
    """What a failure of a check counts as."""

    OFF = "off"  # opt-in: not tried unless verify.checks gives it another severity
    INFO = "info"
    WARN = "warn"
    FAIL = "fail"

    rank: int

    def __init__(self, _: str) -> None:
        self.rank = len(type(self).__members__)


ZONE = "verify.zone"  # the setting that has the network where a handshake starts; ours where it is not there
# Settings that the handshake uses, or few applications have; no platform is asked to express them.
HANDSHAKE_ONLY = frozenset(
    {"ca_file", "ehlo_name", "mechanism", "pins", "timeouts.connect", "timeouts.read", "oauth2.ca_file", "oauth2.proxy"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """Where an access token comes from; secrets by reference.

    `provider` is "entra" (Microsoft Entra ID) or "client_credentials" (RFC 6749 section 4.4, any server). Of the
    credentials one is used, in this order: `federated` (the name of a workload identity: "github", "gitlab",
    "kubernetes"), `certificate` (PEM with its key, or PFX in base64), `client_secret`. `ca_file` (an absolute path)
    holds the CAs of the token server, those of the system unless given; `proxy` (`http://host:port`) leads to it.
    """

    provider: str
    client_id: str
    tenant_id: str | None = None
    authority_host: str | None = None
    token_url: str | None = None
    scope: str | None = None
    client_secret: SecretRef | None = None
    certificate: SecretRef | None = None
    certificate_password: SecretRef | None = None
    federated: str | None = None
    ca_file: str | None = None
    proxy: str | None = None


OAUTH2_FIELDS = frozenset(f"oauth2.{one.name}" for one in fields(OAuth2)) - HANDSHAKE_ONLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A relay as one resource uses it: everything a handshake needs, secrets by reference.

    `name` is None when it was given ad hoc. `ca_file` is an absolute path. `sender` and `recipient` are bare
    addresses for level envelope. `via` is where the connection starts (`ssh://host`, `socks5://host:port`,
    `http://host:port`); `severities` are pairs of a check's id and fail, warn or info, where the environment wants
    another one than the catalogue's. `dns` asks for the DNS checks of the sender as well, of `dkim_selectors` and
    `resolver` (`address:port`). `size` is how many bytes a message may have that the relay has to take. `clients`
    are the mail clients of the applications that use it, by name, and `senders` the envelope senders that these use
    beside `sender`; of `others` it is only said what they would come to, and it counts for nothing. `waits` are the
    seconds for the connection and for each answer that an application is set to, by its client. `patience` are
    pairs of a step's name and its seconds, where those of the handshake do not fit. `protected`: its stage is, and
    takes no proof from one that is not. `zone` is the network from which it is asked, None for ours. Two equal relays
    are one handshake.
    """

    name: str | None
    host: str
    port: int
    encryption: Encryption
    auth: Auth = Auth.NONE
    username: str | None = None
    password: SecretRef | None = None
    ca_file: str | None = None
    ehlo_name: str | None = None
    mechanism: str | None = None
    pins: tuple[str, ...] = ()
    sender: str | None = None
    recipient: str | None = None
    level: Level = Level.AUTH
    oauth2: OAuth2 | None = None
    via: str | None = None
    severities: tuple[tuple[str, str], ...] = ()
    dkim_selectors: tuple[str, ...] = ()
    resolver: str | None = None
    dns: bool = False
    size: int | None = None
    patience: tuple[tuple[str, float], ...] = ()
    clients: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    protected: bool = False
    others: tuple[str, ...] = ()
    waits: tuple[tuple[str, float | None, float | None], ...] = ()
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Globs for hosts and addresses. Empty `relay_hosts` allow every host, empty `recipients` every recipient."""

    relay_hosts: tuple[str, ...] = ()
    plaintext_hosts: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()  # of what the tool itself sends or names to a relay


class Check(NamedTuple):
    """A row of the catalogue: its stable id, what it proves and how bad it is when it fails.

    `advice` is what to do about a failure that has no better advice of its own; `side_effects` is what the other end
    may notice.
    """

    id: str
    level: Level
    severity: CheckSeverity
    title: str
    proves: str
    advice: str
    side_effects: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    name: str
    ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check found. `evidence` is what the server said, secrets cut out; `advice` is what to do.

    `usual` is the status it would have without the environment's `verify.checks`; None where that is the same.
    `about` is whose matter a refusal is (login, sender, recipient, this machine, content, quota, encryption, relay).
    """

    id: str
    status: CheckStatus
    reason: str
    evidence: str | None = None
    advice: str | None = None
    usual: CheckStatus | None = None
    about: str | None = None

    @property
    def told(self) -> str:
        """The reason, and that the environment counts it otherwise."""
        if self.usual is None:
            return self.reason
        verb = "raised" if self.status is CheckStatus.FAIL or self.usual is CheckStatus.INFO else "lowered"
        return f"{self.reason} ({verb} from {self.usual} to {self.status} by verify.checks)"


class Certificate(Protocol):
    """What a relay showed, believed or not. To read more of it than `expires` takes time, so it is read when asked for.

    `expires` is RFC 3339, UTC; `pin` is what `pins` of a relay would say, None where the key cannot be read.
    """

    @property
    def expires(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def pin(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The result for one relay. `level` is the level that was asked for; `summary` what was proven, in a line.

    `at` is when it ended (RFC 3339, UTC); `via` is where the connection started when not here; `certificate` is the one
    that the relay showed. `took` has how long each check took beyond the one before it, in milliseconds by
    the check's id: what one reply decides for several counts for the first. `reached` is False where something ended
    the session before its level, also where `verify.checks` counts that as less than a failure. `predicted` is what
    the mail client of each application that uses it would come to there. `zone` is the network that it was made from,
    None for ours, and `here` what was seen from ours as well, which counts for nothing.
    """

    relay: str | None
    host: str
    port: int
    level: Level
    status: Status
    steps: tuple[Step, ...]
    checks: tuple[CheckResult, ...]
    summary: str = ""
    via: str | None = None
    certificate: Certificate | None = None
    reached: bool = True
    took: Mapping[str, float] = field(default_factory=dict, hash=False)
    at: str | None = field(default=None, compare=False)
    predicted: tuple[Outcome, ...] = ()
    zone: str | None = None
    here: Verdict | None = None
