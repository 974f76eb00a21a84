"""A folder in, findings out: one bad image costs itself, copies count once, and what was left out is said."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image
from pypdf import PdfReader

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import CellImage
from leukoscope.domain.errors import CancelledError, EngineError
from leukoscope.domain.findings import BundleId, Opinion, Thresholds
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.sources.demo import demo_cells, demo_field
from leukoscope.sources.files import find_images, shown
from leukoscope.workflow import batch_outputs
from leukoscope.workflow.batch import BatchOutcome, BatchRequest, analyze_to_folder
from leukoscope.workflow.export.map_files import write_maps
from tests.unit.sources.dicom_files import dicom

BUNDLE = BundleId("plain", "1", "0" * 64)


class Plain:
    """A judge that needs no model: every cell is healthy, and the engine ends where a test says so."""

    def __init__(self, ends_after: int | None = None) -> None:
        self.ends_after, self.judged = ends_after, 0

    def judge(self, cell_images: Iterable[CellImage], **_: object) -> Iterator[Judgement]:
        for _image in cell_images:
            if self.ends_after is not None and self.judged >= self.ends_after:
                raise EngineError("The engine stopped unexpectedly.")
            self.judged += 1
            yield Judgement((Opinion(BUNDLE, -2.2, 0.1, Thresholds(0.3, 0.7)),))


def judged(
    *paths: Path, out: Path, judge: Plain | None = None, pdf: bool = False, twice: bool = False
) -> tuple[BatchOutcome, list[dict[str, object]]]:
    request = BatchRequest(paths, out, pdf=pdf, count_copies=twice)
    outcome = analyze_to_folder(request, judge or Plain(), ())
    return outcome, json.loads((out / "findings.json").read_text(encoding="utf-8"))


def cell(path: Path, number: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(demo_cells(number + 1)[number].pixels).save(path)
    return path


def test_copies_previews_and_own_maps_are_not_counted(tmp_path: Path) -> None:
    smear = tmp_path / "smear"
    cell(smear / "f1.png")
    for place in ("@eaDir/f1.png/SYNOPHOTO_THUMB_XL.jpg", "#recycle/old.jpg", ".@__thumb/f1.png", "$RECYCLE.BIN/a.png",
                  ".Trash-1000/files/b.png", "lost+found/c.png", "__MACOSX/d.png", ".thumbnails/e.png", ".hidden.png",
                  "results/maps/f1-c1-hybrid.png", "Thumbnails/f.png"):  # fmt: skip
        cell(smear / place, 1)
    (smear / "._f1.png").write_bytes(b"\0\5\26\7")
    (smear / "Thumbs.db").write_bytes(b"x")
    (smear / "earlier").mkdir()
    (smear / "earlier" / "findings.json").write_text("[]")
    cell(smear / "earlier" / "maps" / "whatever.png", 1)
    outcome, found = judged(smear, out=tmp_path / "out")
    assert [shown(Path(str(one["path"])).name) for one in found] == ["f1.png"]
    assert (outcome.images, outcome.cells, outcome.errors) == (1, 1, ())
    notes = dict(outcome.notes)
    assert notes["@eaDir"] == "1 images of previews, deleted files or earlier results in “@eaDir” are left out."
    assert notes["maps"].startswith("2 images") and notes["hidden"].startswith("1 images")
    assert set(notes) >= {"#recycle", ".@__thumb", "$RECYCLE.BIN", ".Trash-1000", "lost+found", "__MACOSX"}
    only = find_images([smear / "#recycle"])
    assert [path.name for path in only.paths] == ["old.jpg"], "a person may ask for it"
    assert [path.name for path in find_images([smear, smear / "@eaDir"]).paths] == ["f1.png"]


def test_a_folder_of_images_called_maps_is_read(tmp_path: Path) -> None:
    cell(tmp_path / "maps" / "patient.png")
    assert [path.name for path in find_images([tmp_path]).paths] == ["patient.png"]


def test_the_same_image_is_counted_once_unless_wanted(tmp_path: Path) -> None:
    first = cell(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.png").write_bytes(first.read_bytes())
    pixels = np.asarray(Image.open(first))
    Image.fromarray(pixels).save(tmp_path / "in" / "c.bmp")
    tifffile.imwrite(tmp_path / "in" / "d.tif", pixels, photometric="rgb", planarconfig="contig", compression="zlib")
    cell(tmp_path / "in" / "e.png", 1)
    outcome, found = judged(tmp_path / "in", out=tmp_path / "out")
    assert (outcome.images, outcome.cells, outcome.errors) == (2, 2, ())
    assert [Path(str(one["path"])).name for one in found if not one["error"]] == ["a.png", "e.png"]
    assert [len(one["cells"]) for one in found] == [1, 0, 0, 0, 1], "copies are listed, without cells"  # type: ignore[arg-type]
    said = {Path(name).name: sentence for name, sentence in outcome.notes}
    assert set(said) == {"b.png", "c.bmp", "d.tif"}
    assert all("same image as" in sentence and "a.png" in sentence for sentence in said.values())
    outcome, found = judged(tmp_path / "in", out=tmp_path / "again", twice=True)
    assert (outcome.images, outcome.cells, outcome.notes) == (5, 5, ())


def test_dicom_is_judged_and_a_header_of_another_patient_is_said_without_naming_anybody(tmp_path: Path) -> None:
    pixels = demo_cells(1)[0].pixels
    for name, patient in (("IM1", "Doe^Jane"), ("IM2", "Roe^Max")):
        data = dicom(pixels.tobytes(), pixels.shape, PatientName=patient, ContentTime=f"10101{name[-1]}")
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    request = BatchRequest(
        (tmp_path / "in",), tmp_path / "out", header=CaseHeader("A-1", "Doe, Jane"), count_copies=True
    )
    outcome = analyze_to_folder(request, Plain(), ())
    assert (outcome.images, outcome.cells, outcome.errors) == (2, 2, ())
    ((source, sentence),) = outcome.notes
    assert source.endswith("IM2") and "names another patient than was given" in sentence
    assert b"Roe" not in (tmp_path / "out" / "findings.json").read_bytes()


def test_smaller_pages_are_said(tmp_path: Path) -> None:
    field = demo_field().pixels
    with tifffile.TiffWriter(tmp_path / "field.tif") as writer:
        writer.write(field, photometric="rgb", metadata=None)
        small = cv2.resize(field, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        writer.write(small, photometric="rgb", metadata=None)
    outcome, _ = judged(tmp_path / "field.tif", out=tmp_path / "out")
    assert outcome.images == 1
    ((name, sentence),) = outcome.notes
    assert name.endswith("field.tif") and sentence.startswith("1 smaller copies")


def vignetted() -> np.ndarray:
    y, x = np.mgrid[-1:1:160j, -1:1:160j]
    level = np.clip(1 - 0.8 * np.hypot(x, y), 0.05, 1)
    return np.dstack([255 * level, 220 * level**2, 230 * level**1.6]).astype(np.uint8)


def test_an_odd_image_gets_a_sentence_and_the_rest_is_written(tmp_path: Path) -> None:
    Image.fromarray(vignetted()).save(tmp_path / "1 odd.png")
    cell(tmp_path / "2 good.png")
    outcome, found = judged(tmp_path / "1 odd.png", tmp_path / "2 good.png", out=tmp_path / "out")
    assert (outcome.images, outcome.cells, outcome.errors) == (2, 1, ())
    ((name, sentence),) = outcome.notes
    assert name.endswith("1 odd.png")
    assert "No white cells found" in sentence
    assert [len(one["cells"]) for one in found] == [0, 1]  # type: ignore[arg-type]


def test_whatever_one_image_does_the_others_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        cell(tmp_path / "in" / f"{number}.png", number)

    def drawn(analysis: ImageAnalysis, *rest: object) -> object:
        if analysis.source.endswith("1.png"):
            raise IndexError("a map without an extent")
        return write_maps(analysis, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(batch_outputs, "write_maps", drawn)
    outcome, found = judged(tmp_path / "in", out=tmp_path / "out", pdf=True)
    assert (outcome.images, outcome.cells, len(found)) == (3, 3, 3)


def test_what_was_judged_is_written_when_the_engine_is_given_up(tmp_path: Path) -> None:
    for number in range(12):
        cell(tmp_path / "in" / f"{number}.png", number)
    outcome, found = judged(tmp_path / "in", out=tmp_path / "out", judge=Plain(ends_after=2), pdf=True)
    assert outcome.images == len(found) == 12
    assert outcome.cells == 2 and len(outcome.errors) == 10
    assert {sentence for _, sentence in outcome.errors} == {"The engine stopped unexpectedly."}


def test_each_image_is_written_when_it_is_judged(tmp_path: Path) -> None:
    for number in range(4):
        cell(tmp_path / "in" / f"{number}.png", number)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "findings.json").write_text("earlier", encoding="utf-8")
    unfinished = tmp_path / "out" / "unfinished"
    seen: list[int] = []

    def look(progress: Progress) -> None:
        found = json.loads((unfinished / "findings.json").read_text(encoding="utf-8"))
        rows = (unfinished / "findings.csv").read_text(encoding="utf-8-sig").splitlines()
        seen.append(len(found))
        assert len(rows) == len(found) + 1 == progress.done + 1
        if progress.done == 3:
            raise CancelledError

    request = BatchRequest((tmp_path / "in",), tmp_path / "out")
    with pytest.raises(CancelledError):
        analyze_to_folder(request, Plain(), (), on_progress=look)
    assert seen == [1, 2, 3]
    assert len(json.loads((unfinished / "findings.json").read_text(encoding="utf-8"))) == 3
    assert (tmp_path / "out" / "findings.json").read_text(encoding="utf-8") == "earlier"
    analyze_to_folder(request, Plain(), ())
    assert not unfinished.exists()
    assert len(json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))) == 4


def test_nothing_judged_leaves_nothing(tmp_path: Path) -> None:
    cell(tmp_path / "in" / "1.png")
    stopped = CancelToken()
    stopped.cancel()
    with pytest.raises(CancelledError):
        analyze_to_folder(BatchRequest((tmp_path / "in",), tmp_path / "out"), Plain(), (), cancel=stopped)
    assert not (tmp_path / "out").exists()


def test_an_image_that_goes_away_before_the_report_is_named_in_it(tmp_path: Path) -> None:
    one, two = cell(tmp_path / "in" / "1.png"), cell(tmp_path / "in" / "2.png", 1)

    class Taken(Plain):
        def judge(self, cell_images: Iterable[CellImage], **options: object) -> Iterator[Judgement]:
            yield from super().judge(cell_images, **options)
            one.unlink()

    outcome, _ = judged(one, two, out=tmp_path / "out", judge=Taken(), pdf=True)
    assert outcome.cells == 2
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "out" / "report.pdf").pages)
    assert "changed or has gone since it was judged" in " ".join(text.split())


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode there")
@pytest.mark.parametrize("pages", [1, 2])
def test_a_name_that_is_no_utf8_works_in_every_output(tmp_path: Path, pages: int) -> None:
    folder = os.fsencode(tmp_path) + b"/cells \xe9"
    Path(os.fsdecode(folder)).mkdir()
    name = os.fsdecode(folder + b"/cell_\xe9chantillon.tif")
    with open(name, "wb") as file, tifffile.TiffWriter(file) as writer:  # noqa: PTH123
        for number in range(pages):
            pixels = demo_cells(2)[number].pixels
            writer.write(pixels, photometric="rgb", metadata=None, contiguous=False, software=f"{number}")
    outcome, found = judged(tmp_path, out=tmp_path / "out", pdf=True)
    assert (outcome.images, outcome.cells, outcome.errors) == (pages, pages, ())
    assert all("cell_\\xe9chantillon.tif" in str(one["path"]) for one in found)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "out" / "report.pdf").pages)
    assert "chantillon.tif" in text
    assert "cell_\\xe9chantillon" in (tmp_path / "out" / "findings.csv").read_text(encoding="utf-8-sig")


def test_a_missing_file_whose_name_is_no_utf8_is_named(tmp_path: Path) -> None:
    cell(tmp_path / "good.png")
    outcome, _ = judged(tmp_path / "good.png", tmp_path / "\udce9.png", out=tmp_path / "out", pdf=True)
    ((name, sentence),) = outcome.errors
    assert name.endswith("\\xe9.png") and "“\\xe9.png” does not exist" in sentence
