"""A Kerberos realm on loopback: a real MIT KDC (Debian: krb5-kdc) in a folder of its own, thrown away afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

REALM = "LAB.TEST"
SERVICES = ("host/localhost", "http/localhost")
_PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local")
_PLACES = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


class Kdc:
    """`with Kdc(folder, user="svc", password="…") as kdc:`; `environment` is for clients and servers of the realm."""

    def __init__(self, folder: Path, *, user: str, password: str) -> None:
        self.folder, self.user, self._password = folder, user, password
        self.environment = {
            "KRB5_CONFIG": str(folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
            "KRB5_KTNAME": f"FILE:{folder / 'keytab'}",
            "KRB5CCNAME": f"FILE:{folder / 'tickets'}",
        }

    @staticmethod
    def missing() -> str | None:
        """Why there can be none here."""
        lacking = [name for name in _PROGRAMS if shutil.which(name, path=_PLACES) is None]
        lacking += [name for name in ("gssapi", "krb5") if find_spec(name) is None]
        where = "krb5-kdc of Debian, mail-reconciler[kerberos]"
        return f"{', '.join(lacking)} is not installed ({where})" if lacking else None

    def __enter__(self) -> Kdc:
        port = _free_port()
        (self.folder / "krb5.conf").write_text(_CLIENT.format(realm=REALM, port=port), "utf-8")
        (self.folder / "kdc.conf").write_text(_SERVER.format(realm=REALM, port=port, folder=self.folder), "utf-8")
        self._run("kdb5_util", "create", "-s", "-r", REALM, "-P", "throw-away")
        self._ask(f"addprinc -pw {self._password} {self.user}")
        for service in SERVICES:
            self._ask(f"addprinc -randkey {service}")
            self._ask(f"ktadd -k {self.folder / 'keytab'} {service}")
        program = str(shutil.which("krb5kdc", path=_PLACES))
        self._process = subprocess.Popen([program, "-n"], env=self._environment, stderr=subprocess.DEVNULL)
        _wait(port)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(10)

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}

    def _ask(self, question: str) -> None:
        self._run("kadmin.local", "-r", REALM, "-q", question)

    def _run(self, program: str, *arguments: str) -> None:
        found = str(shutil.which(program, path=_PLACES))
        subprocess.run(
            [found, *arguments],
            env=self._environment,
            check=True,
            capture_output=True,
            timeout=30,
            stdin=subprocess.DEVNULL,
        )


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as there:
            if there.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the KDC does not start")


_CLIENT = """[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = {realm}
"""
_SERVER = """[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
 }}
"""
