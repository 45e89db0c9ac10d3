"""Dovecot as the login service behind Postfix: of 2.3 and of 2.4, which has another language."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.running import PASSWORD, USER, Place, started
from tests.servers.unpacked import asked, inside, owner

_COMMON = """
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/dovecot.log
protocols =
listen = 127.0.0.1
ssl = no
auth_mechanisms = plain login
auth_failure_delay = 0
service auth {{
  unix_listener {folder}/auth {{
    user = postfix
    mode = 0600
  }}
}}
# a wrong password makes the next login of the same address wait
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""
_2_3 = """
disable_plaintext_auth = no
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home=/nonexistent
}}
"""
_2_4 = """
auth_allow_cleartext = yes
passdb passwd-file {{
  passwd_file_path = {folder}/users
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = /nonexistent
  }}
}}
"""
# must stand first
_VERSION = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"


@contextmanager
def running(place: Place) -> Iterator[None]:
    uid, gid = owner("dovecot")
    newer = not asked(place, "/usr/sbin/dovecot", "--version").startswith("2.3.")
    text = f"{_VERSION if newer else ''}{_COMMON}{_2_4 if newer else _2_3}"
    file = place.write("dovecot.conf", text.format(folder=place.folder, uid=uid, gid=gid))
    users = place.write("users", f"{USER}:{{PLAIN}}{PASSWORD}\n")
    users.chmod(0o600)
    os.chown(users, uid, gid)
    command = inside(place, "/usr/sbin/dovecot", "-F", "-c", str(file))
    socket = place.folder / "auth"
    with started(command, place.folder / "dovecot-started", ports=[0], ready=lambda _: socket.exists()):
        yield
