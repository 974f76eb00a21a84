"""Writing a report: whole or not at all, with progress, in constant memory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from pypdf.generic import IndirectObject

from leukoscope.domain.errors import CancelledError, ReportError
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.reports.content import ReportCell
from leukoscope.reports.pdf import write_pdf
from tests.forked_programs import run_program

from .builders import field_frame, report, report_cell, write


def test_a_cancel_leaves_no_file(tmp_path: Path) -> None:
    token = CancelToken()
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        token.cancel()

    with pytest.raises(CancelledError):
        write_pdf(report(60), tmp_path / "report.pdf", on_progress=stop, cancel=token)
    assert len(seen) == 1
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_cells(tmp_path: Path) -> None:
    seen: list[Progress] = []
    write_pdf(report(30), tmp_path / "report.pdf", on_progress=seen.append)
    assert [p.done for p in seen] == sorted({p.done for p in seen})
    assert (seen[-1].done, seen[-1].total) == (30, 30)


def test_a_cell_that_cannot_be_made_leaves_the_old_report(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    write_pdf(report(2), path)
    before = path.read_bytes()

    def cells() -> Iterator[ReportCell]:
        yield report_cell(1)
        raise ReportError("The image is gone; restore a backup.")

    with pytest.raises(ReportError, match="gone"):
        write_pdf(report(2, cells=cells), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_promise_of_cells_is_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="promised 3"):
        write_pdf(replace(report(2), cell_count=3), tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="does not exist"):
        write_pdf(report(1), tmp_path / "nowhere" / "report.pdf")


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX limits")
def test_a_full_disk_leaves_nothing(tmp_path: Path, repository: Path) -> None:
    """The operating system refuses to let a file grow past 60 kB, as a quota does."""
    program = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from leukoscope.domain.errors import ReportError
from leukoscope.reports.pdf import write_pdf
from tests.unit.reports.builders import report
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    write_pdf(report(60), Path(sys.argv[1]) / "report.pdf")
except ReportError as error:
    print(error.message)
"""
    result = run_program(program, str(tmp_path), str(repository))
    assert result.returncode == 0, result.stderr
    assert "no room on the disk for “report.pdf”" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_long_report_runs_in_constant_memory(tmp_path: Path) -> None:
    process = psutil.Process()
    write_pdf(report(120), tmp_path / "warm.pdf")
    peaks: dict[int, int] = {}
    for count in (80, 640):
        peak = 0

        def watch(_: Progress) -> None:
            nonlocal peak
            peak = max(peak, process.memory_info().rss)

        before = process.memory_info().rss
        write_pdf(report(count), tmp_path / "report.pdf", on_progress=watch)
        peaks[count] = peak - before
    size = (tmp_path / "report.pdf").stat().st_size
    assert size > 4_000_000
    # Eight times the cells and megabytes more on disk, but not in memory.
    assert peaks[640] < peaks[80] + 5_000_000


def test_a_hundred_cells_take_a_second_and_a_half(tmp_path: Path) -> None:
    cells = [report_cell(number) for number in range(1, 101)]
    content = report(100, cells=lambda: iter(cells))
    before = time.process_time()
    write_pdf(content, tmp_path / "report.pdf")
    assert time.process_time() - before < 1.5


def test_no_object_is_written_twice_or_missing(tmp_path: Path) -> None:
    """Every reference in the streamed file leads to an object."""
    reader = write(report(20, frames=(field_frame("a.png", 1, 20),)), tmp_path)
    assert len(reader.xref[0]) == reader.trailer["/Size"] - 1
    for number in reader.xref[0]:
        assert reader.get_object(IndirectObject(number, 0, reader)) is not None
