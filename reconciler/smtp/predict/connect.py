"""Up to where a login could follow: addresses, TLS, greeting, EHLO, STARTTLS, as the client does it."""

from __future__ import annotations

from math import inf

from reconciler.model.handshake import Encryption
from reconciler.smtp.predict.facts import Answer
from reconciler.smtp.predict.walk import Offered, Walk, keywords

_IMPLICIT_PORT = 465
_SIX = " over IPv6"
_UNKNOWN_COMMAND = Answer(502, 0.0, "…")
_NAMES = {"other-name": ("SAN, else CN", "SAN"), "cn-only": ("SAN",)}


def connect(walk: Walk) -> None:
    _named(walk)
    _addressed(walk)
    walk.step()
    implicit = _implicit(walk)
    if implicit:
        if walk.facts.speaks == "smtp":
            walk.fails("tls", f"{walk.title} begins with TLS, and the relay answers in clear text")
        _secure(walk)
    elif walk.facts.speaks == "tls":
        walk.gives_up(walk.limit("timeout.greeting"), "where the relay waits for TLS")
    banner = walk.heard(walk.facts.banner or Answer(220), "at the greeting", "timeout.greeting")
    if not banner.taken:
        walk.fails("greeting", f"the relay turns it away ({banner.code})", banner)
    walk.begin()
    hello(walk)
    if not implicit:
        _starttls(walk)


def hello(walk: Walk) -> None:
    """EHLO, or HELO where the client falls back to it."""
    walk.step()
    answer = refused_name(walk, "EHLO") or walk.facts.ehlo
    answer = walk.heard(answer, "to EHLO", together="timeout.login")
    if answer.taken:
        walk.offered = _offers(walk)
        return
    helo = walk.says("helo")
    again = helo == "any refusal" or (helo == "500 502" and answer.code in (500, 502))
    again |= helo == "any refusal but with starttls" and walk.use.encryption is not Encryption.STARTTLS
    if not again:
        walk.fails("ehlo", f"EHLO is refused ({answer.code})", answer)
    second = refused_name(walk, "EHLO") or walk.facts.helo
    second = walk.heard(second, "to HELO", together="timeout.login")
    if not second.taken:
        walk.fails("ehlo", f"EHLO and HELO are refused ({second.code})", second)
    after = walk.says("after_helo")
    walk.offered, walk.no_login = {"AUTH": ("LOGIN",)} if after == "LOGIN" else {}, after == "no login"


def refused_name(walk: Walk, at: str) -> Answer | None:
    """What the relay says to the name that this client gives, where it refuses it."""
    if not walk.facts.names:
        return None
    shape = "declared" if walk.use.ehlo_name else walk.says("ehlo_shape")
    return next((rule.answer for rule in walk.facts.names if (rule.shape, rule.at) == (shape, at)), None)


def _named(walk: Walk) -> None:
    host = walk.use.host
    if not host.isascii() and walk.says("idn_host") == "not converted":
        walk.fails("idn", f"{walk.title} does not convert a name outside of ASCII: it is not found")
    if ":" in host:
        literal = walk.says("ipv6_literal")
        if literal == "never" or (literal == "[::1] only" and host.strip("[]") != "::1"):
            walk.fails("no-connection", f"{walk.title} takes no IPv6 address as a relay")


def _addressed(walk: Walk) -> None:
    """An address that is dead costs its patience; some clients never leave it."""
    states = _ordered(walk)
    for at, state in enumerate(states):
        last = at + 1 == len(states)
        if state == "answers":
            break
        if state == "refuses":
            if last or walk.says("refused_address") == "never":
                walk.one_address = not last
                walk.fails("no-connection", _first(walk, last, "refuses the connection"))
            continue
        patience, limit = walk.says("dead_address"), walk.limit("timeout.connect")
        seconds = float(patience) if isinstance(patience, (int, float)) else inf
        if last or seconds > limit or seconds == inf:
            walk.one_address = not last
            walk.gives_up(limit, "from the first address, and the second is not reached" if not last else "from it")
        walk.spent += seconds
    walk.one_address = len(states) > 1 and _stays(walk, states)
    if walk.one_address:
        walk.rests()


def _ordered(walk: Walk) -> tuple[str, ...]:
    """What each address does, in the order in which this client tries them."""
    states = walk.facts.addresses
    if walk.says("family") == "IPv4 first":
        states = tuple(sorted(states, key=lambda state: state.endswith(_SIX)))
    return tuple([state.removesuffix(_SIX) for state in states])


def _stays(walk: Walk, states: tuple[str, ...]) -> bool:
    """Whether it would not get past the address that is dead, on the day when that is the first."""
    if "silent" in states and not isinstance(walk.says("dead_address"), (int, float)):
        return True
    return "refuses" in states and walk.says("refused_address") == "never"


def _first(walk: Walk, last: bool, what: str) -> str:
    return f"the relay {what}" if last else f"the first address {what}, and {walk.title} tries no other"


def _implicit(walk: Walk) -> bool:
    how, wanted = walk.says("implicit"), walk.use.encryption is Encryption.TLS
    if how in ("never", "port 465 only"):
        return how != "never" and walk.use.port == _IMPLICIT_PORT
    return wanted or (how == "port 465" and walk.use.port == _IMPLICIT_PORT)


def _secure(walk: Walk) -> None:
    """What this client makes of the relay's TLS and certificate."""
    facts, faults = walk.facts, walk.facts.faults or frozenset()
    walk.step()
    if not _common(walk):
        walk.fails("tls", f"{walk.title} and the relay have no version or cipher suite of TLS in common")
    if walk.says("chain") != "not verified":
        if "untrusted" in faults or "expired" in faults:
            walk.fails("certificate", f"{walk.title} refuses the relay's certificate")
        if "no-crl" in faults and walk.says("revocation") == "on":
            walk.fails("revocation", f"{walk.title} wants a revocation list, and the relay's CA publishes none")
    check = walk.says("name_check")
    if any(fault in faults and check in refusing for fault, refusing in _NAMES.items()):
        walk.fails("certificate-name", f"{walk.title} does not find {facts.host} in the relay's certificate")
    if why := _misread(walk):
        walk.fails("certificate-name", f"{walk.title} {why}: it does not find it in the relay's certificate")
    walk.encrypted = True


def _misread(walk: Walk) -> str | None:
    """Names that are there, and that this client does not find."""
    host = walk.use.host
    if host.endswith(".") and walk.says("trailing_dot") == "fails":
        return "compares the name with the dot at its end"
    if not host.isascii() and walk.says("idn_host") == "converted for the DNS only":
        return "compares the name as it is written"
    if walk.says("address_host") == "fails" and _is_address(host):
        return "compares an address with names"
    return None


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _common(walk: Walk) -> bool:
    theirs, suites = walk.facts.tls, walk.facts.suites
    if theirs is None:
        return True
    ours = walk.says("tls_versions")
    common = theirs & frozenset(ours) if isinstance(ours, tuple) else theirs
    if "1.3" in common or (common and suites is None):
        return True
    families = walk.says("suites")
    return bool(common) and (not isinstance(families, tuple) or bool((suites or frozenset()) & frozenset(families)))


def _starttls(walk: Walk) -> None:
    walk.step()
    how = walk.says("starttls_unset" if walk.use.encryption is Encryption.NONE else "starttls")
    if how is None:
        walk.not_known(f"whether {walk.title} uses STARTTLS is not known")
    if how == "never":
        return
    if walk.use.encryption is Encryption.TLS and walk.says("implicit") == "port 465 only":
        _in_clear(walk, "has TLS from the first byte at port 465 only")
        return
    if "STARTTLS" not in walk.offered and how != "unasked":
        if how != "if offered":
            walk.fails("no-starttls", f"{walk.title} wants STARTTLS, and sees none offered")
        if walk.use.encryption is not Encryption.NONE:
            _in_clear(walk, "sees no STARTTLS")
        return
    missing = walk.facts.before is not None and not any(line.upper() == "STARTTLS" for line in walk.facts.before)
    answer = walk.facts.starttls or (_UNKNOWN_COMMAND if missing else Answer(220))
    answer = walk.heard(answer, "to STARTTLS", together="timeout.login")
    if not answer.taken:
        if walk.says("starttls_refused") == "ignored":
            _in_clear(walk, f"ignores that STARTTLS is refused ({answer.code})")
            return
        walk.fails("starttls-refused", f"STARTTLS is refused ({answer.code})", answer)
    before = walk.offered
    _secure(walk)
    hello(walk)
    if "AUTH" in before and "AUTH" not in walk.offered and walk.says("auth_before_tls") == "kept":
        walk.offered = {**walk.offered, "AUTH": before["AUTH"]}


def _in_clear(walk: Walk, why: str) -> None:
    walk.rests()
    walk.cause, walk.reason = "no-starttls", f"{walk.title} {why}, and goes on without TLS"


def _offers(walk: Walk) -> Offered:
    lines = walk.facts.inside if walk.encrypted else walk.facts.before
    if lines is None:
        walk.not_known("what the relay offers was not seen")
    return keywords(
        lines,
        capitals=walk.says("keywords") == "capitals",
        exact=walk.says("mechanism_names") == "capitals",
        old=walk.says("auth_equals") != "not seen",
    )
