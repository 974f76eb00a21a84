"""What a killed program leaves on its way, with patients' names in it, goes at the next start."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from leukoscope.system.temporary_files import Stages

KILLED = """
import os, signal, sys
from pathlib import Path
from leukoscope.reports.part_file import part_file
from leukoscope.system.temporary_files import STAGES, private_folder
from leukoscope.workflow import atomic_folder

folder, what = Path(sys.argv[1]), sys.argv[2]
STAGES.begin(folder / "notes")

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if what == "temp":
    with private_folder() as name:
        Path(name, "report.pdf").write_text("Müller Anna")
        die()
elif what == "file":
    with part_file(folder / "Müller Anna.pdf") as stream:
        stream.write(b"half")
        stream.flush()
        die()
elif what == "between":
    rename = Path.rename
    def renamed(path, goal):
        return die() if path.name.endswith(".new") else rename(path, goal)
    Path.rename = renamed
    with atomic_folder.swapped_folder(folder / "case-dicom") as stage:
        (stage / "new.dcm").write_text("Müller Anna")
else:
    with atomic_folder.swapped_folder(folder / "case-dicom") as stage:
        (stage / "new.dcm").write_text("Müller Anna")
        die()
"""

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")


@pytest.mark.parametrize("what", ["temp", "file", "folder", "between"])
def test_what_a_killed_program_left_goes_at_the_next_start(tmp_path: Path, what: str, repository: Path) -> None:
    temp = tmp_path / "temp"
    temp.mkdir()
    (tmp_path / "case-dicom").mkdir()
    (tmp_path / "case-dicom" / "old.dcm").write_text("earlier", encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), what],
        check=False,
        cwd=repository,
        env={**os.environ, "TMPDIR": str(temp)},
    )
    assert result.returncode == -signal.SIGKILL
    named = [one for one in tmp_path.rglob("*") if one.is_file() and one.suffix != ".json"]
    assert len(named) > 1, "something was left"
    Stages().begin(tmp_path / "notes")
    left = sorted(one.relative_to(tmp_path) for one in tmp_path.rglob("*") if one.is_file())
    assert left == [Path("case-dicom/old.dcm")], "the earlier export is there, and nothing else"


def test_the_stage_of_a_program_that_runs_stays(tmp_path: Path) -> None:
    running, stage = Stages(), tmp_path / ".leukoscope-01234567.new"
    running.begin(tmp_path / "notes")
    stage.mkdir()
    with running.noted(stage):
        Stages().begin(tmp_path / "notes")
        assert stage.is_dir()
    assert list((tmp_path / "notes").iterdir()) == []


def test_a_note_removes_nothing_but_stages(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (tmp_path / "notes").mkdir()
    note = tmp_path / "notes" / "a.json"
    note.write_text(f'{{"paths": ["{precious}", "", ""], "owner": [1, 1.0]}}', encoding="utf-8")
    (tmp_path / "notes" / "b.json").write_text("{", encoding="utf-8")
    Stages().begin(tmp_path / "notes")
    assert precious.is_dir() and list((tmp_path / "notes").iterdir()) == []


def test_a_folder_of_notes_that_cannot_be_listed_stops_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    listed = os.scandir

    def refused(path: object = ".") -> object:
        if Path(os.fspath(path)) == notes:  # type: ignore[call-overload]
            raise OSError(errno.EDQUOT, "Disk quota exceeded", str(path))
        return listed(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", refused)
    stages = Stages()
    stages.begin(notes)
    with stages.noted(tmp_path / "leukoscope-abc"):
        pass
