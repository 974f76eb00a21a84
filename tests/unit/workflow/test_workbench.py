"""What the window asks for, without a window: the real store, the real engine with small models."""

from __future__ import annotations

import os
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.stated import StatedHeader, filled
from leukoscope.sources.demo import demo_cells
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.events import (
    CopyLeftOut,
    EngineChanged,
    Event,
    Exported,
    Failed,
    FrameAdded,
    HeaderStated,
    QueueChanged,
)
from leukoscope.workflow.export import formats
from leukoscope.workflow.workbench import Workbench
from tests.unit.sources.dicom_files import dicom

PATIENCE = 240


class Heard:
    """Events as they come; a test waits for one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def wait(self, wanted: Callable[[Event], bool]) -> Event:
        with self._news:
            assert self._news.wait_for(lambda: any(map(wanted, self.events)), PATIENCE), self.events
            return next(filter(wanted, self.events))

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def workbench(small_models: Path, warm_engine: None, heard: Heard) -> Iterator[Workbench]:
    workbench = Workbench(AppDirs.of_user(), heard)
    workbench.operator.say_name("A. Weber")
    yield workbench
    workbench.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "cells"
    folder.mkdir()
    for index, frame in enumerate(demo_cells(3)):
        Image.fromarray(frame.pixels).save(folder / f"{index}.png")
    (folder / "torn.png").write_bytes((folder / "0.png").read_bytes()[:2000])
    return folder


def judged(workbench: Workbench, heard: Heard, folder: Path) -> int:
    case_id = workbench.cases.create(CaseHeader("2026-0417", patient="Ольга"))
    workbench.capture.add_paths(case_id, [folder])
    heard.wait(lambda event: isinstance(event, QueueChanged) and event.progress is not None)
    assert workbench.judging.wait_idle(PATIENCE)
    return case_id


def test_a_case_survives_a_restart_with_all_that_was_found(workbench: Workbench, heard: Heard, folder: Path) -> None:
    case_id = judged(workbench, heard, folder)
    assert len(heard.of(FrameAdded)) == 4
    before = workbench.cases.load(case_id)
    workbench.judging.decide(before.cells[0].id, Label.HEALTHY)
    workbench.close()

    again = Workbench(workbench.home, Heard())
    try:
        (summary,) = again.cases.search("0417")
        after = again.cases.load(summary.id)
        assert after.header == CaseHeader("2026-0417", patient="Ольга")
        assert [frame.error is None for frame in after.frames] == [True, True, True, False]
        assert after.cells[0].label is Label.HEALTHY
        for one, two in zip(before.cells, after.cells, strict=True):
            assert one.finding.probability == two.finding.probability
            for a, b in zip(one.finding.opinions, two.finding.opinions, strict=True):
                for left, right in zip(a.maps, b.maps, strict=True):
                    np.testing.assert_array_equal(left.values, right.values)
        image = again.cases.cell_image(after.frames[0], after.frames[0].cells[0])
        assert image.pixels.shape == (450, 450, 3)
    finally:
        again.close()


def test_another_window_hears_how_the_engine_stands(workbench: Workbench, heard: Heard) -> None:
    def is_ready(event: Event) -> bool:
        return isinstance(event, EngineChanged) and event.state.kind.value == "ready"

    workbench.start()
    ready = heard.wait(is_ready)
    others: list[Event] = []
    workbench.listen(others.append)
    workbench.start()
    assert others == [ready], "the engine is not started again, and says nothing by itself"


def test_a_pasted_picture_is_kept_like_a_file(workbench: Workbench) -> None:
    pixels = demo_cells(1)[0].pixels
    case_id = workbench.cases.create()
    workbench.capture.add_pixels(case_id, pixels, FrameOrigin(OriginKind.CLIPBOARD, "Pasted"))
    assert workbench.judging.wait_idle(PATIENCE)
    (frame,) = workbench.cases.load(case_id).frames
    np.testing.assert_array_equal(workbench.cases.frame(frame).pixels, pixels)
    assert len(frame.cells) == 1


def test_the_report_and_the_table_of_a_case_are_written(
    workbench: Workbench, heard: Heard, folder: Path, tmp_path: Path
) -> None:
    case_id = judged(workbench, heard, folder)
    workbench.exports.write(case_id, formats.PDF, tmp_path / "report.pdf")
    heard.wait(lambda event: event == Exported(tmp_path / "report.pdf"))
    text = "\n".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "2026-0417" in text
    assert "torn.png" in text
    workbench.exports.write(case_id, formats.TABLE, tmp_path / "cells.csv")
    heard.wait(lambda event: event == Exported(tmp_path / "cells.csv"))
    assert (tmp_path / "cells.csv").read_text(encoding="utf-8-sig").count("\n") == 5


def test_what_cannot_be_written_is_said(workbench: Workbench, heard: Heard, tmp_path: Path) -> None:
    workbench.exports.write(workbench.cases.create(), formats.PDF, tmp_path / "nowhere" / "report.pdf")
    failure = heard.wait(lambda event: isinstance(event, Failed))
    assert isinstance(failure, Failed)
    assert "folder" in failure.sentence


def test_an_empty_folder_is_said(workbench: Workbench, heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    workbench.capture.add_paths(workbench.cases.create(), [tmp_path / "nothing"])
    failure = heard.wait(lambda event: isinstance(event, Failed))
    assert isinstance(failure, Failed)
    assert failure.what == "nothing"


def test_cancel_keeps_what_is_done_and_empties_the_queue(workbench: Workbench, heard: Heard, folder: Path) -> None:
    case_id = workbench.cases.create()
    workbench.capture.add_paths(case_id, [folder] * 40)
    heard.wait(lambda event: isinstance(event, FrameAdded))
    workbench.judging.cancel()
    assert workbench.judging.wait_idle(PATIENCE)
    kept = workbench.cases.load(case_id).frames
    assert 1 <= len(kept) < 160
    heard.wait(lambda event: event == QueueChanged(None, None))


def test_the_demo_case_is_made_once(workbench: Workbench) -> None:
    first = workbench.cases.open_demo()
    assert workbench.cases.open_demo() == first
    assert workbench.judging.wait_idle(PATIENCE)
    case = workbench.cases.load(first)
    assert len(case.frames) >= 5
    assert len(case.cells) >= 10
    assert all(frame.error is None for frame in case.frames)


def test_a_chosen_model_judges_alone_from_then_on(workbench: Workbench, heard: Heard, folder: Path) -> None:
    workbench.models.choose(["hybrid"])
    case_id = judged(workbench, heard, folder / "0.png")
    (cell,) = workbench.cases.load(case_id).cells
    assert [opinion.bundle.name for opinion in cell.finding.opinions] == ["hybrid"]
    assert workbench.models.chosen() == ("hybrid",)


def test_an_image_that_is_in_the_case_already_is_left_out_and_added_when_wanted(
    workbench: Workbench, heard: Heard, folder: Path
) -> None:
    (folder / "torn.png").unlink()
    (folder / "9 copy.png").write_bytes((folder / "0.png").read_bytes())
    (folder / "@eaDir").mkdir()
    (folder / "@eaDir" / "thumb.png").write_bytes((folder / "1.png").read_bytes())
    case_id = judged(workbench, heard, folder)
    (left,) = heard.of(CopyLeftOut)
    assert isinstance(left, CopyLeftOut)
    assert (left.case_id, left.name, left.twin) == (case_id, "9 copy.png", "0.png")
    assert any("@eaDir" in event.sentence for event in heard.of(Failed) if isinstance(event, Failed))
    assert len(workbench.cases.load(case_id).frames) == 3
    assert workbench.capture.take_twice(case_id, [left.image_id]) == 1
    assert workbench.judging.wait_idle(PATIENCE)
    assert len(workbench.cases.load(case_id).frames) == 4


def test_a_dicom_image_comes_in_with_its_scale_and_offers_its_patient_whom_no_copy_names(
    workbench: Workbench, heard: Heard, tmp_path: Path
) -> None:
    pixels = demo_cells(1)[0].pixels
    path = tmp_path / "IM0001"
    path.write_bytes(
        dicom(
            pixels.tobytes(), pixels.shape, PatientName="Roentgen^Wilhelm", PatientID="4711-0815",
            PixelSpacing=[0.0001, 0.0001], AcquisitionDateTime="20240305101112+0000",
        )
    )  # fmt: skip
    case_id = judged(workbench, heard, tmp_path)
    (said,) = heard.of(HeaderStated)
    stated = StatedHeader("", "Roentgen, Wilhelm", "4711-0815")
    assert said == HeaderStated(case_id, "IM0001", stated)
    case = workbench.cases.load(case_id)
    (frame,) = case.frames
    assert frame.error is None and frame.um_per_px == pytest.approx(0.1)
    assert frame.origin is not None and frame.origin.taken_at == datetime(2024, 3, 5, 10, 11, 12, tzinfo=UTC)
    assert (case.header.patient, case.header.patient_id) == ("Ольга", ""), "nothing is taken by itself"
    workbench.cases.update_header(case_id, filled(case.header, stated, ("patient", "patient_id")), case.header)
    assert workbench.cases.load(case_id).header.patient == "Roentgen, Wilhelm"
    target = tmp_path / "out.zip"
    workbench.exports.write_deidentified(case_id, target)
    heard.wait(lambda event: isinstance(event, Exported))
    with zipfile.ZipFile(target) as archive:
        every = b"".join(archive.read(name) for name in archive.namelist()) + " ".join(archive.namelist()).encode()
    for name in (b"Roentgen", b"Wilhelm", b"4711-0815", b"IM0001"):
        assert name not in every


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode there")
def test_a_file_whose_name_is_no_utf8_comes_into_a_case(workbench: Workbench, folder: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/cell \xe9.png"))
    (folder / "0.png").rename(odd)
    case_id = workbench.cases.create()
    workbench.capture.add_paths(case_id, [odd])
    assert workbench.judging.wait_idle(PATIENCE)
    (frame,) = workbench.cases.load(case_id).frames
    assert (frame.error, len(frame.cells)) == (None, 1)
    assert frame.source.endswith("cell \\xe9.png")
