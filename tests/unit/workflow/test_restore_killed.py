"""The process is killed at every step of a restore: the old list is there, or the new one, and it is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = """
import os, shutil, signal, sqlite3, sys
from contextlib import closing
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from leukoscope.cases.store import CaseStore
from leukoscope.cases.swap import FINISHED, UNDONE
from leukoscope.domain.cases import CaseHeader
from leukoscope.workflow.backup import back_up
from leukoscope.workflow.restore import restore
from leukoscope.workflow.store_check import check_store
from tests.unit.cases.builders import analysis

root, steps = Path(sys.argv[1]), {"left": -1, "seen": 0}
NAMES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "shutil.copyfile", "sqlite3.connect"}

def hook(name, args):
    made = name == "open" and args[1] is None and args[2] & os.O_CREAT
    written = name == "open" and isinstance(args[1], str) and set(args[1]) & set("wxa+")
    if name in NAMES or made or (written and str(args[0]).startswith(str(root))):
        steps["seen"] += 1
        if steps["left"] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps["left"] -= 1

def made(folder, *numbers):
    store = CaseStore(folder)
    for number in numbers:
        store.frames.add(store.create(CaseHeader(number)), analysis(number.encode()), number.encode())
    return store

def rows(folder):
    with closing(sqlite3.connect(folder / "cases.db")) as connection:
        return list(connection.iterdump())

def images(folder):
    return {path.name: path.read_bytes() for path in (folder / "images").rglob("*") if path.is_file()}

with closing(made(root / "earlier", "7", "8")) as store:
    back_up(store, root / "backup.zip")
made(root / "template", "1", "2", "3").close()
old_rows, old_images = rows(root / "template"), images(root / "template")
shutil.copytree(root / "template", root / "dry")
sys.addaudithook(hook)
steps["seen"] = 0
restore(root / "dry", root / "backup.zip")
total, outcomes = steps["seen"], {"old": 0, "new": 0, UNDONE: 0, FINISHED: 0, "": 0}
for point in range(total):
    folder = root / "one"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "template", folder)
    child = os.fork()
    if child == 0:
        steps["left"] = point
        restore(folder, root / "backup.zip")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"point {point} was never reached"
    begun = any((folder / "restoring").glob("*"))
    with closing(CaseStore(folder)) as store:
        said = store.database.said
        assert bool(said) == begun, (point, said)
        numbers = sorted(case.header.number for case in store.list())
        for check in check_store(store):
            assert check.passed, (point, check)
    assert numbers in (["1", "2", "3"], ["7", "8"]), (point, numbers)
    is_old = numbers == ["1", "2", "3"]
    assert said in ((UNDONE, "") if is_old else (FINISHED, "")), (point, said)
    outcomes["old" if is_old else "new"] += 1
    outcomes[said] += 1
    if is_old:
        assert rows(folder) == old_rows, point
        assert images(folder) == old_images, point
    else:
        (aside,) = (folder / "backups").glob("before-restore-*.db")
        with closing(sqlite3.connect(aside)) as connection:
            assert list(connection.iterdump()) == old_rows, point
    assert not (folder / "restoring").exists()
    with closing(CaseStore(folder)) as store:
        assert store.database.said == ""
        store.create(CaseHeader("after"))
        assert store.trail.verify().sound, point
print(total, outcomes["old"], outcomes["new"], outcomes[UNDONE], outcomes[FINISHED])
"""


@pytest.mark.heavy
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs fork")
def test_killed_at_every_step_of_a_restore(tmp_path: Path, repository: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", DRIVER, str(tmp_path), str(repository)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    total, old, new, undone, finished = map(int, done.stdout.split())
    assert old + new == total > 30
    assert min(undone, finished) > 3
