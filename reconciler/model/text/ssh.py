"""How the OpenSSH client is called, and what its words mean. Words only: whoever runs it stands above.

Hosts are known beforehand and nobody is asked for anything, whatever it is run for.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from enum import StrEnum

# neither may begin with '-': ssh would take it for an option
_USER = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\]"
PLACE = re.compile(rf"(?:(?P<user>{_USER})@)?(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?")

OPTIONS = {
    "BatchMode": "yes",  # never asks for a password
    "StrictHostKeyChecking": "yes",  # never talks to a host whose key is not known
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "PermitLocalCommand": "no",
    "ControlMaster": "no",  # a shared connection would be another process's, and say nothing here
    "ControlPath": "none",
}
# what ssh needs to find its keys and its terminal's language; a secret in another variable is none of its business
_ENVIRONMENT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "SSH_AUTH_SOCK", "KRB5CCNAME", "XDG_RUNTIME_DIR")


class Trouble(StrEnum):
    HOST_KEY = "host key verification failed"
    LOGIN = "the ssh login is refused"
    OTHER = "no ssh connection"

    def advice(self, by_hand: str) -> str:
        """`by_hand` is the command with which somebody can look."""
        return _ADVICE[self].format(by_hand=by_hand)


_ADVICE = {
    Trouble.HOST_KEY: "check the key with the host's owner, then add it to known_hosts: it is never accepted blindly",
    Trouble.LOGIN: (
        "offer a key that it accepts, through ssh-agent or IdentityFile in ssh's config; ssh never asks for a password"
    ),
    Trouble.OTHER: "try by hand: {by_hand}",
}


def words(options: Mapping[str, str], seconds: float) -> list[str]:
    """The beginning of the command line; `options` come beside ours."""
    every = OPTIONS | dict(options) | {"ConnectTimeout": str(max(1, round(seconds)))}
    return ["ssh", *(part for name, value in every.items() for part in ("-o", f"{name}={value}"))]


def by_hand(host: str, *, user: str | None, port: int | None, identity_file: str | None = None) -> str:
    """The same login for a person, as a line for a shell."""
    found = ["ssh", "-o", "BatchMode=yes"]
    found += ["-i", identity_file] if identity_file else []
    found += ["-p", str(port)] if port else []
    return shlex.join([*found, f"{user}@{host}" if user else host])


def environment(whole: Mapping[str, str]) -> dict[str, str]:
    return {name: whole[name] for name in _ENVIRONMENT if name in whole}


def trouble(said: bytes) -> Trouble:
    """What kept ssh itself from standing, told from its own words."""
    if b"ost key" in said or b"HOST IDENTIFICATION" in said:
        return Trouble.HOST_KEY
    if b"Permission denied" in said or b"Too many authentication" in said:
        return Trouble.LOGIN
    return Trouble.OTHER
