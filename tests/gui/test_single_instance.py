"""A second start brings the first window forward and hands it its files."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.gui.local_socket import socket_name
from leukoscope.gui.single_instance import SingleInstance

SECOND = (
    "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication;"
    "from leukoscope.gui.single_instance import SingleInstance;"
    "app = QCoreApplication([]); second = SingleInstance(Path(sys.argv[1]));"
    "sys.exit(0 if not second.is_first and second.hand_over((Path(sys.argv[2]),)) else 1)"
)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A short one: the path of a socket has room for about a hundred bytes."""
    with tempfile.TemporaryDirectory(prefix="ls-") as name:
        yield Path(name)


def test_a_second_start_hands_its_files_to_the_first(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleInstance(tmp_path)
    assert first.is_first
    first.listen()
    named = tmp_path / "Zelle 王 ü.png"
    with (
        subprocess.Popen([sys.executable, "-c", SECOND, str(tmp_path), str(named)]) as second,
        qtbot.waitSignal(first.asked, timeout=60_000) as heard,
    ):
        pass
    assert second.returncode == 0
    assert heard.args == [(named,)]
    first.close()


def test_a_second_start_waits_for_a_first_that_is_only_starting(tmp_path: Path, qtbot: QtBot) -> None:
    """Found by the campaign: two clicks at once ended in a sentence, and the second one's files were not opened."""
    first = SingleInstance(tmp_path)
    named = tmp_path / "Zelle.png"
    asking = SECOND.replace("second = ", "print('there', flush=True); second = ")
    command = [sys.executable, "-c", asking, str(tmp_path), str(named)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as second:
        assert second.stdout is not None
        assert second.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(1)
        with qtbot.waitSignal(first.asked, timeout=60_000) as heard:
            first.listen()
    assert second.returncode == 0
    assert heard.args == [(named,)]
    first.close()


def test_a_second_start_is_the_first_when_that_one_closes_before_it_listens(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleInstance(tmp_path)
    second = SingleInstance(tmp_path)
    first.close()
    assert not second.is_first
    assert not second.hand_over(())
    assert second.is_first
    second.close()


def test_the_place_is_free_again_after_the_first_window(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleInstance(tmp_path)
    assert not SingleInstance(tmp_path).is_first
    first.close()
    assert SingleInstance(tmp_path).is_first


def test_homes_do_not_know_each_other(tmp_path: Path, qtbot: QtBot) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = SingleInstance(tmp_path / "one"), SingleInstance(tmp_path / "two")
    assert one.is_first
    assert two.is_first


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe there")
def test_the_meeting_place_is_this_persons_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, data = tmp_path / "runtime", tmp_path / "data"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert Path(socket_name(data) or "").parent == runtime
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    place = Path(socket_name(data) or "")
    assert place.parent == data / "run"
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    place.parent.chmod(0o777)
    assert socket_name(data) == str(place)
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700, "it is closed again"
    place.parent.rmdir()
    (tmp_path / "theirs").mkdir()
    place.parent.symlink_to(tmp_path / "theirs")
    assert socket_name(data) is None, "a link leads anywhere"
    assert socket_name(tmp_path / ("long" * 30)) is None


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can play another person")
def test_a_folder_of_another_person_is_no_meeting_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "runtime").mkdir(mode=0o700)
    os.chown(tmp_path / "runtime", 65534, 65534)
    (tmp_path / "data" / "run").mkdir(parents=True)
    os.chown(tmp_path / "data" / "run", 65534, 65534)
    assert socket_name(tmp_path / "data") is None


TAKER = """
import os, socket, sys
line = socket.socket(socket.AF_UNIX)
line.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
os.setuid(65534)
line.listen()
print("there", flush=True)
caller, _ = line.accept()
caller.settimeout(10)
print("heard", caller.recv(4096), flush=True)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="root plays another person")
def test_a_taker_of_the_name_is_told_nothing(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleInstance(tmp_path)
    place = socket_name(tmp_path)
    assert place is not None
    with subprocess.Popen([sys.executable, "-c", TAKER, place], stdout=subprocess.PIPE, text=True) as taker:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "there\n"
        assert not SingleInstance(tmp_path).hand_over((Path("/data/Müller Anna/1.png"),))
        assert taker.stdout.readline() == "heard b''\n"
    first.close()


ASKER = """
import os, socket, sys
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
os.write(1, b"asked\\n")
line.settimeout(10)
try:
    line.sendall(b'{"paths": ["/etc/passwd"], "token": ""}\\n')
    print(line.recv(100))
except OSError as error:
    print(b"")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="root plays another person")
def test_nobody_else_can_open_files_in_the_window(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleInstance(tmp_path)
    first.listen()
    heard: list[object] = []
    first.asked.connect(heard.append)
    place = socket_name(tmp_path) or ""
    for folder in (Path(place), *Path(place).parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(0o777)
    asker = subprocess.Popen([sys.executable, "-c", ASKER, place], stdout=subprocess.PIPE, text=True)
    qtbot.waitUntil(lambda: asker.poll() is not None, timeout=30_000)
    assert asker.communicate()[0].splitlines()[-1] == "b''"
    assert heard == []
    first.close()
