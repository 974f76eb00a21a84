"""The installed program with a window leaves nothing that another user of the computer could read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.settings import save_settings
from tests.gui.conftest import SOMEBODY_HERE

START = """
import os, sys
os.umask(0o022)
if __name__ == "__main__":
    from leukoscope.gui.app import main
    sys.exit(main([]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_every_file_of_the_window_is_for_this_user_only(data_home: Path, tmp_path: Path) -> None:
    save_settings(SOMEBODY_HERE, AppDirs.of_user().config)
    script = tmp_path / "start.py"
    script.write_text(START, encoding="utf-8")
    environment = {
        **os.environ,
        "LEUKOSCOPE_STARTUP_PROBE": "1",
        "LEUKOSCOPE_SHIPPED_MODELS": str(tmp_path / "no-models"),
    }
    subprocess.run([sys.executable, str(script)], env=environment, timeout=240, check=True, capture_output=True)
    below = list(data_home.rglob("*"))
    assert {"leukoscope.log", "cases.db", "settings.json"} <= {one.name for one in below}
    open_to_others = [
        one.relative_to(data_home).as_posix() for one in below if stat.S_IMODE(one.lstat().st_mode) & 0o077
    ]
    assert open_to_others == []
