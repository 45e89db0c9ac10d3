"""A relay from the command line alone, as people use swaks: no files, and no secret among the arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from reconciler.cli.relay import ca_file, consistency, login
from reconciler.cli.shell import spelling
from reconciler.errors import UsageError
from reconciler.model.handshake import Auth, Encryption, Level, Relay

F = TypeVar("F", bound=Callable[..., Any])

PORTS = {587: Encryption.STARTTLS, 465: Encryption.TLS}  # RFC 6409, RFC 8314
# what other programs call it
_OTHER_WORDS = {
    "ssl": "tls",
    "smtps": "tls",
    "implicit": "tls",
    "start_tls": "starttls",
    "plain": "none",
    "off": "none",
}
_OTHER_LOGINS = {"plain": "basic", "login": "basic", "password": "basic", "xoauth2": "oauth2", "oauthbearer": "oauth2"}
_SERVICES = {"smtp": 25, "submission": 587, "submissions": 465, "smtps": 465}  # as IANA and /etc/services name them
_HOST = r"[^\s\x00-\x20\x7f/@:]+|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%\w+)?\]?"


class Word(click.Choice[str]):
    """A choice that raises UsageError with the nearest one for a wrong word, and knows what others call it."""

    def __init__(self, choices: list[str], others: Mapping[str, str]) -> None:
        super().__init__(choices)
        self.others = others

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Raises UsageError for a word that is not one of the choices."""
        if value in self.choices:
            return str(value)
        known = ", ".join(self.choices)
        near = self.others.get(str(value).lower()) or spelling.nearest(str(value), list(self.choices))
        option = param.opts[0] if param else "option"
        raise UsageError(f"{option}: {value!r} is not one of {known}", fix=f"did you mean {near}?" if near else known)


class Port(click.IntRange):
    """A number; raises UsageError for the name of a service, because what smtp means depends on where one looks."""

    def __init__(self) -> None:
        super().__init__(1, 65535)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises UsageError for what is not a port from 1 to 65535."""
        if (number := _SERVICES.get(str(value).lower())) is not None:
            raise UsageError(f"--port: {value} is not a number", fix=f"--port {number}")
        return super().convert(value, param, ctx)


def _refuse_secret(ctx: click.Context, param: click.Parameter, value: object) -> None:
    if value is not None:
        name = "token" if "--token" in param.opts else "password"
        raise UsageError(
            f"a {name} is never an argument",
            why="every user of this machine sees the arguments of a process, and the shell keeps them",
            fix=f"read -rs SMTP_{name.upper()}; export SMTP_{name.upper()}; then --{name}-env SMTP_{name.upper()}",
        )


def _forbidden(option: str) -> Callable[[F], F]:
    return click.option(
        option, hidden=True, expose_value=False, is_eager=True, is_flag=False, flag_value="", callback=_refuse_secret
    )


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--host", metavar="HOST", help="The relay; no files are read."),
    click.option("--port", type=Port(), metavar="PORT", help="Default: 587; with --encryption tls, 465."),
    click.option(
        "--encryption",
        type=Word([one.value for one in Encryption], _OTHER_WORDS),
        help="Default: starttls on port 587, tls on port 465; on other ports each is tried.",
    ),
    click.option(
        "--auth",
        type=Word([one.value for one in Auth], _OTHER_LOGINS),
        help="Default: basic with a --username, else none.",
    ),
    click.option("--username", metavar="USER", help="The login name."),
    click.option("--password-env", metavar="VARIABLE", help="The environment variable that holds the password."),
    click.option("--token-env", metavar="VARIABLE", help="The same for an OAuth2 access token."),
    click.option("--ca-file", type=click.Path(path_type=Path), metavar="FILE", help="Trust only these CAs (PEM)."),
    click.option("--ehlo-name", metavar="NAME", help="The name in EHLO. Default: this machine's name or address."),
    click.option("--sender", metavar="ADDRESS", help="For the levels envelope and message."),
    click.option("--recipient", metavar="ADDRESS", help="For the levels envelope and message."),
    click.option(
        "--as",
        "applications",
        multiple=True,
        metavar="CLIENT",
        help="Also say what an application's mail client would come to, e.g. rails; all: of each. Repeatable.",
    ),
    _forbidden("--password"),
    _forbidden("--token"),
)
NAMES = (
    "host",
    "port",
    "encryption",
    "auth",
    "username",
    "password_env",
    "token_env",
    "ca_file",
    "ehlo_name",
    "sender",
    "recipient",
    "applications",
)


def options(function: F) -> F:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def refuse_without_host(given: Mapping[str, Any]) -> None:
    """Raises UsageError for any of these options: declared relays say all this in their files."""
    for name in NAMES:
        if given[name] not in (None, ()):
            option = "--as" if name == "applications" else consistency.option(name)
            raise UsageError(
                f"{option} works with --host only",
                why="without --host the relays of the environments are verified, and their files say this",
                fix=f"add --host, or omit {option}",
            )


def relay(given: Mapping[str, Any], *, level: Level | None, via: str | None, dns: bool = False) -> Relay:
    """Raises UsageError for what does not fit together; nothing is contacted then.

    Without a level it goes as far as it can without asking for more: a login, else TLS, else a connection.
    """
    host = _host(given["host"])
    encryption, port = _route(given["encryption"], given["port"])
    consistency.values(given)
    auth = login.auth(given, level)
    wanted = level or _implied(auth, encryption, asked=bool(given["applications"]))
    consistency.level(given, wanted, encryption, dns=dns)
    secret = login.secret(given, auth)
    relay = Relay(
        name=None,
        host=host,
        port=port,
        encryption=encryption,
        auth=auth,
        username=given["username"],
        password=secret,
        ca_file=ca_file.checked(given["ca_file"]) if given["ca_file"] else None,
        ehlo_name=given["ehlo_name"],
        sender=given["sender"],
        recipient=given["recipient"],
        level=wanted,
        via=via,
        dns=dns,
        # nobody has a policy for it, and no credential goes out
        severities=(("SMTP001", "warn"),) if (auth, encryption) == (Auth.NONE, Encryption.NONE) else (),
    )
    if not given["applications"]:
        return relay
    from reconciler.cli.relay import applications  # few ask for them

    return applications.asked(relay, given["applications"], auth=given["auth"])


def _implied(auth: Auth, encryption: Encryption, *, asked: bool) -> Level:
    """`asked`: what applications would come to, which TLS is a part of."""
    if auth is not Auth.NONE:
        return Level.AUTH
    return Level.CONNECT if encryption is Encryption.NONE and not asked else Level.TLS


def _host(text: str) -> str:
    if re.fullmatch(_HOST, text):
        return text.strip("[]")
    bare = re.sub(r"^[A-Za-z]+://", "", text).rstrip("/")
    name, colon, port = bare.rpartition(":")
    if colon and port.isdigit() and re.fullmatch(_HOST, name):
        raise UsageError("--host: the port is an option of its own", fix=f"--host {name} --port {port}")
    if bare != text and re.fullmatch(_HOST, bare):
        raise UsageError("--host is a name or an address, not a URL", fix=f"--host {bare}")
    # not repeated: it may hold a password, user:password@host
    raise UsageError("--host is not a host name or an address", fix="--host smtp.example.com")


def _route(encryption: str | None, port: int | None) -> tuple[Encryption, int]:
    if encryption is not None:
        wanted = Encryption(encryption)
        usual = next((number for number, one in PORTS.items() if one is wanted), None)
        if (found := port or usual) is None:
            raise UsageError("--port is missing: no port is usual for --encryption none", fix="--port 25")
        return wanted, found
    if port is None:
        return Encryption.STARTTLS, 587
    if port not in PORTS:
        why = "port 587 means starttls and port 465 tls; of no other port is it known"
        raise UsageError(f"--encryption is missing: port {port} does not tell it", why=why, fix="--encryption starttls")
    return PORTS[port], port
