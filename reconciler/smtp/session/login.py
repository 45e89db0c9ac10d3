"""The login: one attempt with one mechanism, and what its refusal means."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.handshake import Auth, CheckResult, Encryption, Level
from reconciler.model.secret import SecretValue
from reconciler.model.text.message import worded
from reconciler.smtp.catalogue.results import failed, inconclusive, passed
from reconciler.smtp.protocol import sasl, strangers
from reconciler.smtp.protocol.reply import Malformed, Reply
from reconciler.smtp.session import as_client, refused
from reconciler.smtp.session.budget import Budget
from reconciler.smtp.session.dialog import Dialog

_PLAIN = ("credential", "busy")  # causes that the code says already
_TERMINATED = (
    "something in front of the server ends TLS, and the server does not know: have it offer logins on that listener "
    "(Postfix: smtpd_tls_auth_only = no there, reachable from the terminator alone)"
)
_BACKEND = "Postfix before Dovecot answers the same when Dovecot's backend is down: see its log too"


def offered(dialog: Dialog) -> str:
    """The mechanism that a login would use (SMTP300); without one, the session ends."""
    relay, known = dialog.relay, dialog.offered.get("AUTH", frozenset())
    dialog.log.offered = known
    if relay.mechanism and relay.mechanism.upper() in sasl.MECHANISMS.get(relay.auth, ()):
        if relay.mechanism.upper() not in known:
            dialog.log.fail(_not_offered(dialog, relay.mechanism.upper(), known))
        known = frozenset({relay.mechanism.upper()})
    mechanism = None if relay.mechanism else as_client.mechanism(dialog.clients, relay.auth, known)
    if mechanism is None and not relay.mechanism and as_client.none_fits(dialog.clients, relay.auth, known):
        dialog.log.fail(as_client.not_offered(dialog.clients, relay.auth, known))
    mechanism = mechanism or sasl.mechanism(relay.auth, known, encrypted=relay.encryption is not Encryption.NONE)
    if mechanism is None:
        dialog.log.fail(_nothing_known(dialog, known))
    dialog.log.add(passed("SMTP300", f"AUTH {mechanism} is offered"))
    return mechanism


async def login(dialog: Dialog, username: str, secret: SecretValue, sanity: CheckResult | None, budget: Budget) -> None:
    """Exactly one attempt, and none where `budget` has spent it. Returns after 235; all else ends the session.

    `secret` is a password or an access token; `sanity` is what somebody has found in the token (SMTP304).
    """
    relay, log = dialog.relay, dialog.log
    mechanism = offered(dialog)
    if sanity is not None:
        log.add(sanity)
    clear = relay.encryption is Encryption.NONE
    allowed = worded("{encryption:none} is {declared}, and allowed here")
    log.add(passed("SMTP301", allowed if clear else "inside verified TLS"))
    if not budget.login(relay):
        reason = f"not tried: this run has already tried to log in as {username} at {relay.host}"
        log.add(inconclusive("SMTP302", reason, advice="one login per user and run is enough"))
    log.mechanism = mechanism
    with log.step("AUTH", Level.AUTH, "SMTP302", dialog.timeouts.auth):
        reply, told = await _attempt(dialog, mechanism, username, secret)
    log.broken = reply.code < 400 and reply.code != 235  # it waits for another answer
    said = "\n".join(filter(None, (told, log.evidence.reply(reply))))
    if reply.code != 235:
        log.add(_refused(dialog, secret, reply, told, said))
    catcher = strangers.catcher(dialog.first)
    nothing = f"; {catcher} takes any password as it comes, and this proves nothing of it" if catcher else ""
    log.add(passed("SMTP302", f"logged in as {username}{nothing}", said))
    if relay.auth is Auth.OAUTH2:
        from reconciler.smtp.session import long_line  # passwords are short

        log.add(long_line.check(dialog, mechanism, username, secret))
    open_to_all = f" ({catcher} takes any password)" if catcher else ""
    log.proven.append((Level.AUTH, f"AUTH {mechanism} as {username}{open_to_all}"))


def _refused(dialog: Dialog, secret: SecretValue, reply: Reply, told: str, said: str) -> CheckResult:
    """SMTP302 where the relay refuses this login, SMTP303 where it cannot say now."""
    relay = dialog.relay
    found = refused.meaning(reply, "AUTH", relay)
    about = str(found.cause.matter) if found is not None else None
    if reply.code >= 400 and not refused.lasts(reply, found):
        known = found.cause.told if found is not None and found.cause.name != "busy" else "the login server is busy"
        reason = f"{known} ({reply.code}); this says nothing about the credential"
        later = found.advice if found is not None else None
        return replace(inconclusive("SMTP303", reason, evidence=said, advice=later), about=about)
    from reconciler.smtp.session import long_line  # of what was refused only

    if (longer := long_line.refused(dialog, secret, reply, said)) is not None:
        return longer
    cause = f": {found.cause.told}" if found is not None and found.cause.name not in _PLAIN else ""
    reason = f"the login as {relay.username} is refused ({reply.code}{f': {told}' if told else cause})"
    advice = found.advice if found is not None and found.advice else _advice(dialog, secret, said)
    if more := as_client.on_refusal(dialog.clients, relay.auth, dialog.log.mechanism or "", dialog.log.offered):
        advice = f"{advice}{more}"
    return replace(failed("SMTP302", reason, evidence=said, advice=advice), about=about)


async def _attempt(dialog: Dialog, mechanism: str, username: str, secret: SecretValue) -> tuple[Reply, str]:
    """The final reply, and what the server said of it before."""
    verb, host, port = f"AUTH {mechanism}", dialog.relay.host.rstrip("."), dialog.relay.port
    form = as_client.form(dialog.clients, dialog.relay.auth, mechanism)
    if mechanism == "PLAIN":
        whole = sasl.plain(username, secret, identity=username if form.acts_for_user else "")
        return await dialog.dialogue(verb, whole, one_line=form.one_line), ""
    if mechanism == "LOGIN":
        name, password = sasl.login(username, secret)
        if form.names_user:
            return await dialog.dialogue(verb, name, lambda _: password, one_line=form.one_line), ""
        return await dialog.dialogue(verb, b"", lambda _: name, lambda _: password), ""
    if mechanism == "CRAM-MD5":
        return await dialog.dialogue(verb, b"", lambda asked: _cram_md5(username, secret, asked)), ""
    first = sasl.bearer(mechanism, username, secret, host, port)
    told: list[str] = []

    def acknowledge(asked: Reply) -> bytes:
        told.append(_told(dialog, asked))
        return sasl.ACKNOWLEDGED[mechanism]

    reply = await dialog.dialogue(verb, first, acknowledge, one_line=form.one_line)
    return reply, "".join(told)


def _cram_md5(username: str, secret: SecretValue, asked: Reply) -> bytes:
    try:
        return sasl.cram_md5(username, secret, asked.lines[-1][4:])
    except sasl.BadChallenge as error:
        raise Malformed(str(error), asked.lines[-1]) from error


def _told(dialog: Dialog, asked: Reply) -> str:
    """The reason that a bearer mechanism gives in its 334, and nowhere else."""
    found = sasl.reason(asked.lines[-1][4:])
    if found is None:
        return ""
    first = {key: value for key in ("status",) if (value := found.pop(key, ""))}
    shown = {**first, **{key: value for key, value in sorted(found.items()) if value.strip()}}
    return dialog.log.evidence.text(", ".join(f"{key} {value}" for key, value in shown.items()).encode())


def _not_offered(dialog: Dialog, mechanism: str, offered: frozenset[str]) -> CheckResult:
    evidence = f"AUTH {' '.join(sorted(offered))}" if offered else "no AUTH in the answer to EHLO"
    advice = worded(
        "the application logs in with {mechanism} only: choose one that the relay offers", mechanism=mechanism
    )
    evidence = dialog.log.evidence.text(evidence.encode())
    return failed("SMTP300", f"{mechanism} is declared, and not offered", evidence=evidence, advice=advice)


def _nothing_known(dialog: Dialog, offered: frozenset[str]) -> CheckResult:
    auth = dialog.relay.auth
    *most, last = sasl.MECHANISMS[auth]
    evidence = f"AUTH {' '.join(sorted(offered))}" if offered else "no AUTH in the answer to EHLO"
    evidence = dialog.log.evidence.text(evidence.encode())  # a server's words, and so its control characters
    advice: str | None = None
    if other := sorted(offered & sasl.UNSUPPORTED.keys()):
        needs = ", ".join(f"{name} wants {sasl.UNSUPPORTED[name]}" for name in other)
        advice = worded(
            "{needs}, which is not supported: have the relay allow PLAIN inside TLS, or use {auth:oauth2}", needs=needs
        )
    elif "STARTTLS" in dialog.offered and dialog.wire.secured is not None:
        advice = f"STARTTLS is offered inside TLS: {_TERMINATED}"
    elif not offered and dialog.relay.encryption is Encryption.TLS:
        advice = f"this listener takes no logins: is 587 the port for them? Or {_TERMINATED}"
    elif "STARTTLS" in dialog.offered:
        advice = worded("STARTTLS is offered, and inside TLS a login usually is: use {encryption:starttls}")
    elif not offered:
        advice = "this listener takes no logins: those are usually on port 587 or 465"
    elif auth is Auth.BASIC and offered & set(sasl.OAUTH2):
        advice = worded("this listener takes access tokens only: {auth:oauth2}")
    elif auth is Auth.OAUTH2 and offered & set(sasl.BASIC):
        advice = worded("this listener takes passwords only: {auth:basic}")
    return failed("SMTP300", f"neither {', '.join(most)} nor {last} is offered", evidence=evidence, advice=advice)


def _advice(dialog: Dialog, secret: SecretValue, said: str) -> str:
    relay = dialog.relay
    if relay.auth is Auth.OAUTH2:
        return "may this application use this mailbox? compare username, scope and the mailbox's permissions"
    odd = _odd(relay.username or "", secret.reveal())
    advice = f"{odd}compare username and password ({relay.password}) with the relay; may this user log in by SMTP?"
    return f"{advice} {_BACKEND}" if "reason unavailable" in said or b"Postfix" in dialog.first else advice


def _odd(username: str, password: str) -> str:
    """What is nearly always a mistake of whoever has stored it."""
    if password != password.rstrip("\r\n"):
        return "the password ends in a line break: is that intended? "
    if password != password.strip():
        return "the password begins or ends with a space: is that intended? "
    if username != username.strip():
        return "the username begins or ends with a space: is that intended? "
    if not (username + password).isascii():
        return "username or password holds characters outside ASCII, which some servers cannot read; "
    return ""
