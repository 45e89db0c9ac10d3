"""The login as the client makes it: which mechanisms, in which order, and what follows a refusal."""

from __future__ import annotations

from reconciler.model.handshake import Auth
from reconciler.smtp.clients.client import MECHANISMS
from reconciler.smtp.predict.facts import CLOSED, Answer
from reconciler.smtp.predict.walk import Walk, keywords

_UNSEEN = frozenset({"CRAM-MD5", "DIGEST-MD5", "NTLM", "GSSAPI", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"})
_AT_ONCE = frozenset({"PLAIN", "XOAUTH2", "OAUTHBEARER"})  # the credential stands in the line of the command
_ASKED = ("Username:", "Password:")
_REFUSED = Answer(504, 0.0, "…")
_TOO_LONG, _NO_INITIAL = Answer(500, 0.0, "5.5.2 Line too long"), Answer(501, 0.0, "5.5.4 Syntax error")
_WRONG = Answer(535, 0.0, "5.7.8 …")
_LET_IN, _HANGS_UP, _TOKEN = 235, 421, 535
_LOCAL = ("localhost", "127.0.0.1", "::1")


def login(walk: Walk) -> None:
    """Returns where the mail goes on: with the login in `walk.login`, or without one."""
    if not walk.wants_login:
        return
    if walk.no_login:
        walk.cause, walk.reason = "no-auth", f"{walk.title} makes no login after HELO, and sends without one"
        return
    walk.step()
    if not _credential(walk):
        walk.rests()
        return
    walk.step()
    tries = _mechanisms(walk)
    walk.rests()
    for mechanism in tries:
        _allowed(walk, mechanism)
        answer = _attempt(walk, mechanism)
        if answer.code == _LET_IN:
            walk.login = mechanism
            return
        walk.refused += _cost(walk, answer)
        if answer.code == _HANGS_UP:
            walk.fails("login-refused", f"the login with {mechanism} is put off, and the relay hangs up (421)", answer)
        after = walk.says("after_refusal")
        if after == "error" or (after != "mail without a login" and mechanism == tries[-1]):
            walk.fails(*_refusal(walk, mechanism, answer), answer)
    if tries:
        walk.rests()
        walk.reason = f"the login with {tries[-1]} is refused, and {walk.title} sends without one"
        walk.cause = "login-refused"


def _refusal(walk: Walk, mechanism: str, answer: Answer) -> tuple[str, str]:
    """Cause and reason."""
    if _offered(walk, mechanism):
        return "login-refused", f"the login with {mechanism} is refused ({answer.code})"
    reason = f"{walk.title} logs in with {mechanism}, offered or not, and the relay does not offer it ({answer.code})"
    return "not-offered", reason


def _credential(walk: Walk) -> bool:
    """Whether there is enough of a login to make one."""
    use = walk.use
    if not use.ascii_login and walk.says("non_ascii_login") == "error":
        walk.fails("login-text", f"{walk.title} cannot send a login outside of ASCII")
    if use.user and use.password:
        return True
    missing = walk.says("no_password" if use.user else "no_user")
    if missing == "error":
        walk.fails("no-password", f"{walk.title} wants both user name and password")
    if missing == "no login":
        walk.cause, walk.reason = "no-password", f"{walk.title} logs in with both user name and password only"
        return False
    return True


def _mechanisms(walk: Walk) -> tuple[str, ...]:
    """Those that it would try here, one after the other; none where it sends without a login."""
    known = walk.says(MECHANISMS[walk.use.auth])
    if not isinstance(known, tuple):
        walk.not_known(f"how {walk.title} logs in is not known")
    if walk.says("choice") == "set" and walk.use.auth is Auth.BASIC:
        chosen = walk.use.mechanism or walk.says("set_mechanism")
        return (str(chosen),) if chosen else ()
    offered = walk.offered.get("AUTH")
    fitting = tuple([name for name in known if name in (offered or ())])
    if fitting:
        return fitting
    taken = ", ".join(known) or "no such login"
    if offered is None:
        return _otherwise(walk, "no_auth", f"{walk.title} sees no AUTH offered")
    return _otherwise(walk, "none_fits", f"{walk.title} takes {taken}, and is offered {' '.join(offered)}")


def _otherwise(walk: Walk, name: str, reason: str) -> tuple[str, ...]:
    found, cause = walk.says(name), "no-auth" if name == "no_auth" else "no-mechanism"
    if found is None:
        walk.not_known(f"{reason}; what it does then is not known")
    if found == "error":
        walk.fails(cause, reason)
    if found == "without":
        walk.cause, walk.reason = cause, f"{reason}, and sends without a login"
        return ()
    return (str(found),)


def _allowed(walk: Walk, mechanism: str) -> None:
    """Some log in without TLS never, or to this machine alone."""
    if walk.encrypted:
        return
    rule = walk.says("login_in_clear")
    local = walk.use.host.strip("[]") in _LOCAL
    if rule == "never" or (rule == "not PLAIN but to localhost" and mechanism == "PLAIN" and not local):
        walk.fails("login-in-clear", f"{walk.title} does not log in without TLS")


def _attempt(walk: Walk, mechanism: str) -> Answer:
    offered = _offered(walk, mechanism)
    answer = _answer(walk, mechanism) if offered else _REFUSED
    if not walk.encrypted and mechanism not in _UNSEEN and (offered or mechanism in _AT_ONCE):
        walk.exposed = True
    walk.refused += answer.code == CLOSED
    return walk.heard(answer, f"to AUTH {mechanism}", together="timeout.login")


def _offered(walk: Walk, mechanism: str) -> bool:
    """Whether the relay offers it, whatever this client sees of that."""
    lines = (walk.facts.inside if walk.encrypted else walk.facts.before) or ()
    return mechanism in keywords(lines, capitals=False, exact=False).get("AUTH", ())


def _answer(walk: Walk, mechanism: str) -> Answer:
    """To a mechanism that is offered."""
    if (of_form := _of_form(walk, mechanism)) is not None:
        return of_form
    answer = next((one for name, one in walk.facts.auth if name == mechanism), None)
    if answer is None:
        walk.unseen.append(f"AUTH {mechanism}")
    return answer or Answer(_LET_IN)


def _of_form(walk: Walk, mechanism: str) -> Answer | None:
    """A refusal that is owed to how it writes the login."""
    facts = walk.facts
    if mechanism == "LOGIN":
        asked = facts.challenges
        if asked is not None and asked != _ASKED and walk.says("challenges") == "Username: Password:":
            walk.refused += 1
            walk.fails("challenge", f"{walk.title} does not understand what AUTH LOGIN asks: {' '.join(asked)}")
        if facts.again and walk.says("login_form") == "initial" and walk.says("asked_twice") == "error":
            walk.fails("challenge", f"{walk.title} gives up where AUTH LOGIN asks for the user name again")
        if walk.says("login_form") == "initial" and (facts.again or facts.initial is False):
            return _WRONG if facts.again else _NO_INITIAL  # asked for the user name, it sends the password
    if mechanism == "PLAIN" and facts.identity is False and walk.says("authorization_identity") == "user":
        return _WRONG
    return _TOO_LONG if mechanism not in _UNSEEN and _too_long(walk, mechanism) else None


def _too_long(walk: Walk, mechanism: str) -> bool:
    """Whether a line of it, of the command or after 334, is longer than the relay takes."""
    most = walk.facts.line
    return most is not None and walk.use.credential > 0 and _line(walk, mechanism) > most


def _line(walk: Walk, mechanism: str) -> int:
    """Octets, in base64."""
    return len("AUTH  \r\n") + len(mechanism) + (walk.use.credential + 2) // 3 * 4


def _cost(walk: Walk, answer: Answer) -> int:
    """Logins: a token that is refused is fetched anew by some."""
    tries = walk.says("token_tries") if walk.use.auth is Auth.OAUTH2 and answer.code == _TOKEN else None
    return int(tries) if isinstance(tries, (int, float)) else 1
