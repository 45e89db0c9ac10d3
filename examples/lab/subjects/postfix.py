"""A real Postfix, which somebody has set up by hand before."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import SkipTest

from lab import canary
from lab.servers.postfix import Postfix
from reconciler.platforms.postfix.observed import SET_HERE, entries

_SHARED = ("smtp_header_checks", "smtp_sasl_password_maps")  # lists in which others have entries too
_OURS = ("reconciler_sasl_passwd", "reconciler_header_checks", "reconciler_sender_canonical")


@dataclass(slots=True)
class PostfixSubject:
    relay: Postfix
    kind: str = "postfix"
    reached_by_network: bool = False  # without ssh there is none
    environ: Mapping[str, str] = field(
        default_factory=lambda: {name: canary.secret() for name in ("PASSWORD", "OTHER_PASSWORD")}
    )

    @property
    def connection(self) -> Mapping[str, Any]:
        return {"host": "local", "config_directory": self.relay.directory}

    @property
    def first(self) -> Mapping[str, Any]:
        return {
            "settings": {
                "host": "smtp.example.com",
                "port": 587,
                "encryption": "starttls",
                "tls_ca_file": "/etc/ssl/certs/ca-certificates.crt",
                "auth": "basic",
                "username": "mail@example.com",
                "password": {"env": "PASSWORD", "version": 1},
                "sender": {"address": "no-reply@example.com", "name": "Example, Ltd"},
                "rewrite_sender": {"envelope": True, "from_header": True},
                "mynetworks": ["127.0.0.0/8", "10.20.0.0/16"],
                "relay_restrictions": ["permit_mynetworks", "reject_unauth_destination"],
                "message_size_limit": 20000000,
            }
        }

    @property
    def second(self) -> Mapping[str, Any]:
        return {
            "settings": {
                "host": "other.example.com",
                "port": 465,
                "encryption": "tls",
                "tls_ca_file": "/etc/ssl/certs/ca-certificates.crt",
                "auth": "basic",
                "username": "other",
                "password": {"env": "OTHER_PASSWORD", "version": 1},
                "sender": {"address": "noreply@example.net"},
                "rewrite_sender": {"envelope": True, "from_header": False},
                "mynetworks": ["127.0.0.0/8", "::1/128"],
                "relay_restrictions": ["permit_mynetworks", "permit_sasl_authenticated", "defer_unauth_destination"],
                "message_size_limit": 30000000,
            }
        }

    def foreign(self) -> None:
        strip = self.relay.main.with_name("strip")
        strip.write_text("/^Received:/ IGNORE\n", "utf-8")
        self.relay.log_in(
            *("people", "set by hand"),
            table="sasl_passwd",
            relayhost="[old.example.com]:2525",
            smtp_sasl_auth_enable="yes",
            smtp_tls_security_level="may",
            smtp_header_checks=f"regexp:{strip}",
            mynetworks="192.168.0.0/16",
            bounce_queue_lifetime="1d",
        )

    def edited(self) -> None:
        self.relay.edit("message_size_limit=999999")

    def settings(self) -> Mapping[str, Any]:
        return {**self._parameters(lambda name: name in SET_HERE), **self._texts(lambda name: name in _OURS)}

    def unmanaged(self) -> Any:
        """Also the entries of others in lists that we share."""
        parameters = self._parameters(lambda name: True)
        lists = {name: [one for one in entries(parameters.get(name)) if "/reconciler_" not in one] for name in _SHARED}
        others = {name: value for name, value in parameters.items() if name not in SET_HERE}
        files = self._texts(
            lambda name: not name.startswith("reconciler_") and name not in ("main.cf", "sasl_passwd.db")
        )
        return [lists, others, files] if "strip" in files else []

    def writes(self) -> int:
        edits = self.relay.bin / "edits"
        return edits.read_text().count("\n") if edits.exists() else 0

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        denied = self.relay.bin / "denied"
        denied.touch()
        try:
            yield
        finally:
            denied.unlink()

    @contextmanager
    def disturbed(self, *, latency: float, failing: float) -> Iterator[None]:
        yield

    @contextmanager
    def limited(self, *, calls: int, seconds: float) -> Iterator[None]:
        yield

    def _parameters(self, wanted: Any) -> dict[str, str]:
        pairs = (line.partition(" =") for line in self.relay.run("postconf", "-n").splitlines())
        return {name: value.strip() for name, _, value in pairs if wanted(name)}

    def _texts(self, wanted: Any) -> dict[str, str]:
        return {path.name: path.read_text("utf-8") for path in self.relay.main.parent.iterdir() if wanted(path.name)}


@contextmanager
def subject(folder: Path) -> Iterator[PostfixSubject]:
    if reason := Postfix.missing():
        raise SkipTest(f"no real Postfix: {reason}")
    with Postfix() as relay:
        before = os.environ["PATH"]
        os.environ["PATH"] = f"{relay.bin}{os.pathsep}{before}"
        try:
            yield PostfixSubject(relay)
        finally:
            os.environ["PATH"] = before
