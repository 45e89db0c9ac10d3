"""A real Postfix that relays mail on, on loopback and in a folder of its own: what the platform postfix manages.

with Postfix() as relay:
    print(relay.directory, relay.port)
    relay.send("app@apps.test")
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from lab.servers.mta import PATH, environment, free_ports, greets, until
from lab.servers.mta_files import SERVICES

MAIN = """# kept by hand
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
multi_instance_name = {name}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mta.lab.test
mydestination =
alias_maps =
local_recipient_maps =
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_tls_loglevel = 1
minimal_backoff_time = 1s
queue_run_delay = 1s
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
"""

MASTER = f"""127.0.0.1:{{port}} inet n - n - - smtpd
smtp unix - - n - - smtp
relay unix - - n - - smtp
scache unix - - n - 1 scache
{SERVICES}"""


# Postfix does not believe a main.cf that is younger than two seconds, and each of its programs waits: tests cannot.
# This one also counts, and refuses when it is told to.
POSTCONF = """#!/bin/sh
if [ -e {bin}/denied ]; then echo "postconf: fatal: open main.cf: Permission denied" >&2; exit 1; fi
{real} "$@"; code=$?
case " $* " in *' -e '* | *' -X '*) echo "$*" >>{bin}/edits; touch -d '10 seconds ago' {main} ;; esac
exit $code
"""


class Postfix:
    """`directory` is its config_directory. Mail for anywhere goes to its relayhost, and to nobody without one.

    `bin` before PATH is for tests: it makes edits that need not be waited for, and counts them in `bin/edits`.
    """

    def __init__(self) -> None:
        self.port = 0
        self._master: subprocess.Popen[bytes] | None = None

    @staticmethod
    def missing() -> str | None:
        """Why it cannot start here, or None when it can."""
        if os.geteuid() != 0:
            return "starting Postfix needs root"
        return None if shutil.which("postfix", path=PATH) else "postfix is not installed (apt-get install postfix)"

    def __enter__(self) -> Postfix:
        if reason := self.missing():
            raise RuntimeError(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="lab-postfix-"))
        try:
            self._write()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def directory(self) -> str:
        return str(self.folder / "postfix")

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def main(self) -> Path:
        return self.folder / "postfix" / "main.cf"

    def start(self) -> None:
        # not `postfix start`: it takes its time, and its master would not be ours to wait for
        self.run("postfix", "check")  # makes the folders of the queue
        master = f"{self.run('postconf', '-h', 'daemon_directory')}/master"
        with (self.folder / "started.log").open("ab") as output:
            self._master = subprocess.Popen(
                (master, "-c", self.directory, "-d"),
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: greets(self.port), 20, lambda: f"the lab's Postfix does not start:\n{self.log()}")

    def stop(self) -> None:
        if self._master is not None:
            self._master.terminate()
            self._master.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._master.pid, signal.SIGKILL)  # what it has started, and not taken with it
            self._master = None

    def run(self, program: str, *arguments: str) -> str:
        """One of Postfix's own programs, for this instance."""
        words = [program, "-c", self.directory, *arguments]
        done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True, timeout=30)
        return done.stdout.strip()

    def edit(self, *parameters: str) -> None:
        """By hand: `name=value` each. Nothing is reloaded."""
        self.run("postconf", "-e", *parameters)
        self.settled()

    def log_in(self, user: str, password: str, table: str = "reconciler_sasl_passwd", **parameters: str) -> None:
        """By hand: a password map for `relayhost`, and other parameters."""
        path = self.main.with_name(table)
        path.touch(0o600)
        path.write_text(f"{parameters['relayhost']} {user}:{password}\n", "utf-8")
        self.run("postmap", f"hash:{path}")
        self.edit(f"smtp_sasl_password_maps=hash:{path}", *(f"{name}={value}" for name, value in parameters.items()))

    def settled(self) -> None:
        """As if it was made a while ago: see POSTCONF."""
        before = time.time() - 10
        os.utime(self.main, (before, before))

    def reloads(self) -> int:
        return self.log().count(": reload -- ")

    def log(self) -> str:
        path = self.folder / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def send(
        self, sender: str, recipient: str = "to@example.com", text: str = "From: App <app@apps.test>\n\nhello\n"
    ) -> str:
        """The queue id."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
            client.ehlo("app.lab.test")
            client.mail(sender)
            client.rcpt(recipient)
            _, answer = client.data(text.encode())
        return answer.decode().rpartition(" ")[2]

    def delivered(self, queue_id: str, seconds: float = 10) -> str:
        """The line of the log that says what became of a mail: sent, deferred or bounced."""
        found: list[str] = []

        def told() -> bool:
            found[:] = [line for line in self.log().splitlines() if f" {queue_id}: " in line and " status=" in line]
            return bool(found)

        until(told, seconds, lambda: f"nothing became of {queue_id} in {seconds:g} s:\n{self.log()}")
        return found[-1]

    def _write(self) -> None:
        self.folder.chmod(0o755)  # mkdtemp's is for root alone; Postfix has its own user
        (self.port,) = free_ports(1)
        for name, owner in (("postfix", "root"), ("queue", "root"), ("data", "postfix")):
            (self.folder / name).mkdir()
            os.chown(self.folder / name, pwd.getpwnam(owner).pw_uid, -1)
        texts = {
            "main.cf": MAIN.format(folder=self.folder, name=f"postfix-{self.folder.name.rpartition('-')[2]}"),
            "master.cf": MASTER.format(port=self.port),
        }
        for name, text in texts.items():
            (self.folder / "postfix" / name).write_text(text, "utf-8")
        self.settled()
        self.bin.mkdir()
        real = shutil.which("postconf", path=PATH)
        (self.bin / "postconf").write_text(POSTCONF.format(bin=self.bin, real=real, main=self.main), "utf-8")
        (self.bin / "postconf").chmod(0o755)


def waited(condition: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()
