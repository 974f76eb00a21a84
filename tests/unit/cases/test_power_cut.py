"""The process is killed at every write point of a working day: the store opens, its check is clean."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = """
import os, shutil, signal, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from sqlalchemy import Engine, event
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader, Signature
from leukoscope.domain.findings import Label
from leukoscope.workflow.backup import back_up_daily
from leukoscope.workflow.store_check import check_store
from tests.quick_stores import quick_stores
from tests.unit.cases.builders import analysis

root, steps = Path(sys.argv[1]), {"left": -1, "seen": 0}

def step(*_):
    steps["seen"] += 1
    if steps["left"] >= 0:
        if steps["left"] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps["left"] -= 1

def hook(name, args):
    if name in {"os.rename", "os.remove", "os.mkdir"} or (name == "open" and args[1] is None and args[2] & os.O_CREAT):
        step()

def day(folder):
    store = CaseStore(folder)
    case_id = store.create(CaseHeader("1", "Doe"))
    store.update_header(case_id, CaseHeader("1", "Roe"), CaseHeader("1", "Doe"))
    frame = store.frames.add(case_id, analysis(b"x", cells=3), b"x")
    store.decide(frame.cells[2].id, Label.HEALTHY, "Ana")
    signature = Signature("Ben", "Reviewed", datetime.now(UTC))
    store.signing.sign(case_id, signature, b"%PDF", store.load(case_id).version)
    store.signing.amend(case_id, "why", "Ben")
    back_up_daily(store)
    store.close()

def main():
    CaseStore(root / "template").close()
    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    sys.addaudithook(hook)
    shutil.copytree(root / "template", root / "dry")
    steps["seen"] = 0
    day(root / "dry")
    total = steps["seen"]
    for point in range(total):
        folder = root / "one"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(root / "template", folder)
        child = os.fork()
        if child == 0:
            steps["left"] = point
            day(folder)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"point {point} was never reached"
        store = CaseStore(folder)
        # Work goes on, and the check of all, the trail too, is clean of what was left and of what came after it.
        store.create(CaseHeader("after"))
        for check in check_store(store):
            assert check.passed, (point, check)
        for case in store.list():
            whole = store.load(case.id)
            assert case.cells == len(whole.cells)
            assert whole.state.value != "signed" or whole.signatures
        store.close()
    print(total)

with quick_stores():
    main()
"""


@pytest.mark.heavy
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs fork")
def test_killed_at_every_write_point(tmp_path: Path, repository: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", DRIVER, str(tmp_path), str(repository)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 40
