"""A run over a folder goes on where it was ended, however that was, and writes what an uninterrupted one writes."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet
import pytest

from leukoscope.domain.errors import CancelledError, ReportError
from leukoscope.domain.progress import Progress
from leukoscope.workflow.batch import BatchRequest, analyze_to_folder
from leukoscope.workflow.batch_outputs import MAPS_BEFORE
from leukoscope.workflow.run_journal import JOURNAL_FILE
from tests.drawn_run import MeanJudge, draw_cells

IMAGES = 6


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Cells, of which the last shows the same as the first."""
    draw_cells(tmp_path / "in", IMAGES - 1)
    shutil.copyfile(tmp_path / "in" / "0.png", tmp_path / "in" / "9.png")
    return tmp_path / "in"


def killed(images: Path, out: Path, how: str, at: int) -> None:
    command = [sys.executable, "-m", "tests.drawn_run", str(images), str(out), how, str(at)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def stopped(images: Path, out: Path, at: int, **asked: object) -> None:
    def look(progress: Progress) -> None:
        if progress.done == at:
            raise CancelledError

    with pytest.raises(CancelledError):
        analyze_to_folder(BatchRequest((images,), out, **asked), MeanJudge(), (), on_progress=look)  # type: ignore[arg-type]


def whole(images: Path, out: Path, **asked: object) -> tuple[int, int]:
    """Judge all; gives how many cells were judged now, and how many images had been."""
    judge = MeanJudge()
    outcome = analyze_to_folder(BatchRequest((images,), out, **asked), judge, ())  # type: ignore[arg-type]
    assert not outcome.errors
    return judge.judged, outcome.resumed


def written(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("how", ["between", "before", "within"])
def test_a_killed_run_goes_on_and_writes_the_same(images: Path, tmp_path: Path, how: str) -> None:
    assert whole(images, tmp_path / "once", lines=True) == (IMAGES - 1, 0)
    out = tmp_path / "out"
    killed(images, out, how, 3)
    assert (out / "unfinished" / JOURNAL_FILE).is_file() and not (out / "findings.json").exists()
    kept = 3 if how == "between" else 2
    killed(images, out, how, 2)  # a second time, while it goes on
    kept += 2 if how == "between" else 1
    if how == "between":
        kept = 3  # the second image came from the journal: nothing new was judged
    assert whole(images, out, lines=True) == (IMAGES - 1 - kept, kept)
    assert written(out) == written(tmp_path / "once")
    assert len(written(out)) == 3 + IMAGES - 1, "both tables, the lines and a map for each cell"


def test_a_full_disk_leaves_a_run_that_goes_on(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("no limit on a file's size there")
    whole(images, tmp_path / "once")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    largest = len((tmp_path / "once" / "findings.json").read_bytes()) // 2
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
        with pytest.raises(ReportError, match="no room on the disk"):
            whole(images, tmp_path / "out", maps=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    judged, resumed = whole(images, tmp_path / "out", maps=False)
    assert resumed > 0 and judged + resumed == IMAGES - 1
    whole(images, tmp_path / "without", maps=False)
    assert written(tmp_path / "out") == written(tmp_path / "without")


def test_other_models_or_options_are_refused_and_nothing_is_mixed(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped(images, out, 2)
    before = written(out)
    for asked, what in (({"maps": False}, "maps"), ({"join_stacks": True}, "join stacks")):
        with pytest.raises(ReportError, match=rf"asked otherwise \({what}\)") as refused:
            whole(images, out, **asked)
        assert "--anew" in str(refused.value)
    with pytest.raises(ReportError, match="images"):
        whole(images / "0.png", out)
    assert written(out) == before
    assert whole(images, out, maps=False, anew=True) == (IMAGES - 1, 0)


def test_images_that_came_went_or_changed_in_between_are_judged_as_they_are_now(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped(images, out, 5)
    draw_cells(tmp_path / "more", 9)
    (tmp_path / "more" / "7.png").rename(images / "2b.png")  # new, in the middle
    (images / "1.png").unlink()
    (tmp_path / "more" / "8.png").replace(images / "3.png")  # another picture under the same name
    touched = images / "4.png"
    os.utime(touched, (1, 1))  # the same bytes
    assert whole(images, out) == (2, 3)
    assert whole(images, tmp_path / "once") == (5, 0)
    assert written(out) == written(tmp_path / "once")


def test_a_copy_counts_once_its_first_has_gone(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped(images, out, IMAGES)
    (images / "0.png").unlink()
    assert whole(images, out) == (1, IMAGES - 2)
    entries = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    assert [len(one["cells"]) for one in entries] == [1] * (IMAGES - 1)


def test_an_image_whose_maps_are_gone_is_judged_again(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped(images, out, 4)
    next((out / "unfinished" / "maps").iterdir()).unlink()
    assert whole(images, out) == (2, 3)
    whole(images, tmp_path / "once")
    assert written(out) == written(tmp_path / "once")
    assert not (out / MAPS_BEFORE).exists()


def test_a_journal_with_a_torn_first_line_is_begun_anew(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped(images, out, 2)
    journal = out / "unfinished" / JOURNAL_FILE
    journal.write_bytes(journal.read_bytes()[:20])
    assert whole(images, out) == (IMAGES - 1, 0)


def test_lines_and_columns_say_what_the_tables_say(images: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (images / "torn.png").write_bytes(b"")
    outcome = analyze_to_folder(BatchRequest((images,), out, lines=True, parquet=True), MeanJudge(), ())
    assert len(outcome.errors) == 1
    entries = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in (out / "findings.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == entries[: len(lines)] and len(lines) == IMAGES + 1
    table = pyarrow.parquet.read_table(out / "findings.parquet").to_pylist()
    cells = [(one["path"], cell["label"], cell["probability"]) for one in lines for cell in one["cells"]]
    assert [(row["path"], row["label"], row["probability"]) for row in table if row["cell"]] == cells
    assert [row["error"] for row in table if not row["cell"]] == [one["error"] for one in lines if not one["cells"]]
    whole(images / "0.png", tmp_path / "one", parquet=True)
    assert {path.name for path in (tmp_path / "one").iterdir()} == {
        "findings.json", "findings.csv", "findings.parquet", "maps",
    }  # fmt: skip


def test_without_the_package_it_is_said_before_anything_is_judged(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ReportError, match="needs the package pyarrow"):
        whole(images, tmp_path / "out", parquet=True)
    assert not (tmp_path / "out").exists()
