"""Debian's servers as `.ci/servers` unpacks them: each runs in a mount namespace of its own, in which it is installed.

Nothing of the machine changes, and servers that cannot be installed beside each other run beside each other. The
system is this machine's, or the one in the root folder that RECONCILER_SERVERS_BASE names (`.ci/debian13`).
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

from tests.servers.running import HOST, Missing, Place

FOLDER = Path(os.environ.get("RECONCILER_SERVERS", Path(__file__).resolve().parents[2] / ".servers"))
BASE = Path(os.environ.get("RECONCILER_SERVERS_BASE", "/"))
ADDED = FOLDER / "root" if Path("/") == BASE else BASE / "servers"
# the users that Debian would have made
USERS = {"Debian-exim": 9801, "smmta": 9802, "smmsp": 9803, "opensmtpd": 9804, "opensmtpq": 9805, "haproxy": 9806}
# 1: the system, 2: what is added to it, 3: the server's folder, then the command
_SCRIPT = """
mount -t overlay overlay -o "lowerdir=$2/usr:$1/usr" "$1/usr"
hostname relay.lab.test
for file in passwd group hosts; do mount --bind "$3/$file" "$1/etc/$file"; done
for folder in /var/spool /var/lib /run; do mount -t tmpfs tmpfs "$1$folder"; done
mkdir -p "$1/var/lib/opensmtpd/empty"
mount -t tmpfs tmpfs "$1/dev"
while read -r name major minor; do mknod -m 666 "$1/dev/$name" c "$major" "$minor"; done <<END
null 1 3
zero 1 5
random 1 8
urandom 1 9
END
mkdir -m 1777 "$1/dev/shm"
if [ -S "$3/syslog" ]; then touch "$1/dev/log"; mount --bind "$3/syslog" "$1/dev/log"; fi
if [ "$1" = / ]; then shift 3; exec "$@"; fi
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/tmp"
mkdir -p "$1$3"
mount --bind "$3" "$1$3"
root=$1
shift 3
exec chroot "$root" "$@"
"""


def inside(place: Place, *command: str) -> list[str]:
    """The command, run where these servers are installed. Raises Missing."""
    if not any((root / command[0].removeprefix("/")).exists() for root in (ADDED, BASE)):
        raise Missing(f"there is no {command[0]} in {ADDED} (.ci/servers)")
    if reason := _forbidden():
        raise Missing(reason)
    passwd, group = ((BASE / f"etc/{name}").read_text() for name in ("passwd", "group"))
    place.write("passwd", passwd + "".join(f"{name}:x:{uid}:{uid}::/:/bin/false\n" for name, uid in USERS.items()))
    place.write("hosts", f"127.0.0.1 localhost {HOST}\n")
    place.write("group", group + "".join(f"{name}:x:{uid}:\n" for name, uid in USERS.items()))
    return [
        "unshare",
        "--mount",
        "--uts",
        "sh",
        "-ec",
        _SCRIPT,
        "sh",
        str(BASE),
        str(ADDED),
        str(place.folder),
        *command,
    ]


def asked(place: Place, *command: str) -> str:
    """What a command says that ends by itself."""
    done = subprocess.run(inside(place, *command), capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.strip()


def owner(name: str) -> tuple[int, int]:
    """The user and the group of somebody of that system."""
    lines = (line.split(":") for line in (BASE / "etc/passwd").read_text().splitlines())
    return next((int(uid), int(gid)) for one, _, uid, gid, *_ in lines if one == name)


@cache
def _forbidden() -> str | None:
    if os.geteuid() != 0:
        return "a mount namespace needs root"
    mount = f"mount -t overlay overlay -o lowerdir={ADDED}/usr:{BASE}/usr {BASE}/usr"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", mount], capture_output=True, text=True, check=False)
    return f"this machine allows no mount namespace: {done.stderr.strip()}" if done.returncode else None
