#!/bin/sh
# pywinrm 0.5.0 makes text of PowerShell's errors (CLIXML), but decodes one escape only, that of a line end: a tab stays _x0009_, the
# colours of PowerShell 7 stay _x001B_[31;1m, and an underscore that PowerShell had to escape stays _x005F_. [MS-PSRP] 2.2.5.3.2 says that
# each _xHHHH_ is a character; pypsrp 0.9.1 decodes the same element. Warnings are joined to the errors without a mark of either.
# What pywinrm would receive is handed to it here by an object in the place of its protocol, so that no Windows is needed.
# Seen on 2026-11-29. No report known.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'pywinrm==0.5.0' 'pypsrp==0.9.1' >&2

cat >seen <<'END'
pywinrm: '_x001B_[31;1mrelay_x005F_x0041_ _x0009_refused\nslow'
pypsrp: '\x1b[31;1mrelay_x0041_ \trefused\r\n'
END

cat >run.py <<'END'
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, "lib")
import winrm
from pypsrp.serializer import Serializer

ERROR = '<S S="Error">_x001B_[31;1mrelay_x005F_x0041_ _x0009_refused_x000D__x000A_</S>'
WARNING = '<S S="warning">slow</S>'
SPACE = "http://schemas.microsoft.com/powershell/2004/04"


class Protocol:
    def open_shell(self, *_, **__):
        return "shell"

    def run_command(self, *_, **__):
        return "command"

    def get_command_output(self, *_):
        return b"", f'#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="{SPACE}">{ERROR}{WARNING}</Objs>'.encode(), 1

    def cleanup_command(self, *_):
        pass

    def close_shell(self, *_, **__):
        pass


session = winrm.Session("127.0.0.1", auth=("user", "password"))
session.protocol = Protocol()
print("pywinrm:", repr(session.run_ps("Write-Error").std_err.decode()))
print("pypsrp:", repr(Serializer().deserialize(ET.fromstring(ERROR))))
END
python3 run.py >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now
