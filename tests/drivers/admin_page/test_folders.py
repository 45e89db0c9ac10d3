from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from reconciler.drivers.admin_page import folders

_CHILD = """
import sys, time
from pathlib import Path
from reconciler.drivers.admin_page import folders
print(folders.made(Path(sys.argv[1])).path, flush=True)
time.sleep(60)
"""


def test_a_folder_is_for_this_user_alone_and_goes(tmp_path: Path) -> None:
    folder = folders.made(tmp_path)

    assert folder.path.stat().st_mode & 0o077 == 0
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_runs_folder_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    left = Path(child.stdout.readline().strip())
    (left / "profile").mkdir()

    assert folders.sweep(tmp_path) == ()
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    assert folders.sweep(tmp_path) == (left,)
    assert not left.exists()


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "reconciler-browser-being-made").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "reconciler-browser-link").symlink_to(tmp_path / "other")

    assert folders.sweep(tmp_path) == ()
    assert len(list(tmp_path.iterdir())) == 3
