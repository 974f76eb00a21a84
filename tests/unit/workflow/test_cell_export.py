"""Decided cells leave for an engineer: read by training, split by patient, and with nobody's name in any byte."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from leukoscope.cli.main import main as leukoscope
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.errors import AccessError, CancelledError, SiteError
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.labels import named
from leukoscope.domain.people import Presence, Role, Rules
from leukoscope.domain.progress import CancelToken
from leukoscope.sources.files import decode_frame
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.site.cell_export import CellExport, CellFormat
from leukoscope.workflow.site.lab import Lab
from leukoscope.workflow.site.labeled import Reading, read_folder
from tests.unit.cases.builders import QUALITY, finding
from training.__main__ import main as training

PLANTED = "Quillfeather"
"""Stands in every field, file name and tag."""
PATIENTS = 7
SIDES = "blast", "lymphocyte"


def picture(number: int) -> bytes:
    """Noise with the name in the tags of its file."""
    about = PngInfo()
    about.add_text("Patient", PLANTED)
    image = Image.effect_noise((320, 240), 40 + number).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = PLANTED
    stream = io.BytesIO()
    image.save(stream, "PNG", pnginfo=about, exif=exif)
    return stream.getvalue()


def add_case(repository: CaseRepository, number: int, side: str) -> None:
    """A reviewed case of a patient of its own: two cells that count, one at the edge, one undecided."""
    store, data = repository.store, picture(number)
    who = f"{PLANTED} {number}"
    case_id = store.create(CaseHeader(f"{PLANTED}-{number}", who, who, who, who, who, f"PID-{who}"))
    path = f"/home/{PLANTED}/{PLANTED} {number}.png"
    frame = decode_frame(data, FrameOrigin(OriginKind.FILE, f"{PLANTED} {number}.png", path))
    cells = tuple(finding(index, frame.sha256, 90) for index in (0, 4, 1, 3))
    added = store.frames.add(case_id, ImageAnalysis(path, frame, View.FIELD, QUALITY, cells), data)
    for cell in added.cells[:3]:
        store.decide(cell.id, named(side), f"Dr. {PLANTED}")
    store.signing.mark_reviewed(case_id)


@pytest.fixture(scope="module")
def kept_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the cases, made once: each test works on a copy."""
    folder = tmp_path_factory.mktemp("kept") / "cases"
    made = CaseRepository(folder)
    for number in range(2 * PATIENTS):
        add_case(made, number, SIDES[number % 2])
    made.close()
    return folder


@pytest.fixture
def repository(kept_cases: Path, tmp_path: Path) -> Iterator[CaseRepository]:
    shutil.copytree(kept_cases, tmp_path / "cases")
    made = CaseRepository(tmp_path / "cases")
    yield made
    made.close()


@pytest.fixture
def export(repository: CaseRepository, tmp_path: Path) -> CellExport:
    operator = OperatorSession(repository.store, Presence, lambda _: None)
    return CellExport(repository, operator, lambda: Lab(tmp_path / "site"))


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def subjects(folder: Path) -> set[str]:
    return {one.parent.name for one in folder.rglob("*.png")}


@pytest.mark.parametrize("form", CellFormat)
def test_no_byte_tells_whose_cells_they_are(export: CellExport, tmp_path: Path, form: CellFormat) -> None:
    export.write(tmp_path / "out", form, locked=True)
    written = files(tmp_path / "out")
    assert sum(name.endswith(".png") for name in written) >= 2 * PATIENTS
    originals = {
        one.sha256 for case in export.repository.store.list() for one in export.repository.load(case.id).frames
    }
    for name, data in written.items():
        text = name.encode().lower() + data.lower() + data.decode("utf-16-le", "ignore").encode().lower()
        if name.endswith(".png"):
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                assert not image.info
                assert not image.getexif()
        for forbidden in (PLANTED.lower(), "/home", *originals):
            assert forbidden.encode() not in text, (name, forbidden)


def test_training_reads_the_folder_and_keeps_patients_apart(
    export: CellExport, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = export.write(tmp_path / "out", CellFormat.FOLDER)
    # Two of seven patients of each side are locked away; each patient has two cells that count.
    assert made.cells == {"train": 20}
    assert made.patients == {"train": 10}
    assert made.kept_back == 4
    code = training(["check-data", "training/configs/site.toml", "--data", str(tmp_path / "out" / "train")])
    said = capsys.readouterr().out
    assert code == 0, said
    assert all(who in said for who in subjects(tmp_path / "out" / "train"))
    assert {one.name for one in (tmp_path / "out" / "train").iterdir()} == {*SIDES, "manifest.csv"}


def test_what_is_locked_stays_locked_when_the_folder_comes_back(export: CellExport, tmp_path: Path) -> None:
    export.write(tmp_path / "out", CellFormat.FOLDER, locked=True)
    lab = export.lab()
    train, locked = (
        {cell.subject for cell in read_folder(tmp_path / "out" / part, lab, Reading())} for part in ("train", "locked")
    )
    assert locked == lab.locked
    assert len(locked) == 4
    assert not train & lab.locked
    # Another lab cannot tell whose they are: to it the names are those of any folder.
    other = Lab(tmp_path / "other")
    assert not {cell.subject for cell in read_folder(tmp_path / "out" / "locked", other, Reading())} & locked


def test_who_has_left_to_be_learned_from_is_never_locked_away(export: CellExport, tmp_path: Path) -> None:
    export.write(tmp_path / "out", CellFormat.FOLDER)
    later = export.lab()
    left = {later.pseudonym(one) for one in subjects(tmp_path / "out" / "train")}
    later.deal({**dict.fromkeys(left, "blast"), **{f"new-{n}": "blast" for n in range(60)}})
    assert later.locked
    assert not left & later.locked


def test_the_locked_part_leaves_only_when_asked_for_and_that_is_a_look(export: CellExport, tmp_path: Path) -> None:
    export.write(tmp_path / "out", CellFormat.FOLDER)
    assert not (tmp_path / "out" / "locked").exists()
    assert not export.lab().looks
    export.write(tmp_path / "out", CellFormat.FOLDER, locked=True)
    assert len(export.lab().looks) == 1
    told = [(one.what, one.subject, one.new) for one in export.repository.store.trail.entries()][:3]
    assert told == [
        ("locked part seen", "labeled cells exported", "1"),
        ("labeled cells exported", "folder", "train: 20 of 10, locked: 8 of 4"),
        ("labeled cells exported", "folder", "train: 20 of 10"),
    ]


def test_coco_has_every_box_of_an_image_and_who_said_what(export: CellExport, tmp_path: Path) -> None:
    export.write(tmp_path / "out", CellFormat.COCO, locked=True)
    documents = {one.stem: json.loads(one.read_text("utf-8")) for one in (tmp_path / "out/annotations").iterdir()}
    assert {"train", "locked"} <= set(documents) <= {"train", "validate", "locked"}
    people = [{image["subject"] for image in one["images"]} for one in documents.values()]
    assert sum(map(len, people)) == len(set.union(*people)) == 2 * PATIENTS
    for part, one in documents.items():
        names = {category["id"]: category["name"] for category in one["categories"]}
        for image in one["images"]:
            with Image.open(tmp_path / "out" / "images" / part / image["file_name"]) as picture_there:
                assert picture_there.size == (image["width"], image["height"]) == (320, 240)
            cells = [cell for cell in one["annotations"] if cell["image_id"] == image["id"]]
            assert len(cells) == 4
            decided = [cell for cell in cells if cell["decided"]]
            assert len({names[cell["category_id"]] for cell in decided}) == 1
            assert names[decided[0]["category_id"]] in SIDES
            assert len(decided) == 3
            x, y, width, height = decided[0]["bbox"]
            assert (x, y, width, height) == (0, 3, 93, 90)
            outline = decided[0]["segmentation"][0]
            assert x <= min(outline[::2]) and max(outline[::2]) < x + width
            assert decided[0]["area"] > 0.5 * width * height


def test_yolo_has_the_same_boxes_as_parts_of_the_image(export: CellExport, tmp_path: Path) -> None:
    made = export.write(tmp_path / "out", CellFormat.YOLO)
    named_there = (tmp_path / "out" / "data.yaml").read_text("utf-8")
    assert "train: images/train\n" in named_there
    assert "test:" not in named_there
    assert '  0: "lymphocyte"\n' in named_there
    labels = list((tmp_path / "out" / "labels").rglob("*.txt"))
    assert len(labels) == sum(made.patients.values()) == 10
    for one in labels:
        assert (tmp_path / "out" / "images" / one.parent.name / one.with_suffix(".png").name).is_file()
    first = labels[0].read_text("utf-8").splitlines()[0].split()
    assert [float(value) for value in first[1:]] == pytest.approx([46.5 / 320, 48 / 240, 93 / 320, 90 / 240], abs=1e-5)


def test_nothing_leaves_by_halves_and_nothing_else_is_replaced(export: CellExport, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years", encoding="utf-8")
    with pytest.raises(SiteError, match="holds something else"):
        export.write(tmp_path / "mine", CellFormat.FOLDER)
    assert (tmp_path / "mine" / "thesis.txt").read_text("utf-8") == "years"
    stop = CancelToken()
    with pytest.raises(CancelledError):
        export.write(tmp_path / "out", CellFormat.FOLDER, on_progress=lambda one: one.done > 3 and stop.cancel(),
                     cancel=stop)  # fmt: skip
    assert not (tmp_path / "out").exists()
    assert not [one.what for one in export.repository.store.trail.entries() if one.what == "labeled cells exported"]
    export.write(tmp_path / "out", CellFormat.COCO)
    export.write(tmp_path / "out", CellFormat.YOLO)
    assert not (tmp_path / "out" / "annotations").exists()


def test_a_technician_lets_no_cells_out(export: CellExport, tmp_path: Path) -> None:
    people = export.repository.store.people
    for role in Role:
        people.add(role.value, role, "a short sentence")
    people.set_rules(Rules(accounts=True))
    operator = OperatorSession(export.repository.store, Presence, lambda _: None)
    mine = CellExport(export.repository, operator, export.lab)
    operator.sign_in("technician", "a short sentence")
    with pytest.raises(AccessError, match="A technician cannot export labeled cells"):
        mine.write(tmp_path / "out", CellFormat.FOLDER)
    assert not (tmp_path / "out").exists()
    operator.sign_in("reviewer", "a short sentence")
    mine.write(tmp_path / "out", CellFormat.FOLDER)
    assert (tmp_path / "out" / "train").is_dir()


def test_at_the_command_line(
    repository: CaseRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.close()
    (tmp_path / "home" / "data").mkdir(parents=True)
    (tmp_path / "cases").rename(tmp_path / "home" / "data" / "cases")
    monkeypatch.setenv("LEUKOSCOPE_HOME", str(tmp_path / "home"))
    assert leukoscope(["site", "cells", str(tmp_path / "out"), "--format", "coco", "--locked"]) == 0
    said = capsys.readouterr().out
    assert "locked: 16 cells of 4 patients" in said
    assert "Look at the images before they leave" in said
    assert (tmp_path / "out" / "annotations" / "locked.json").is_file()
    assert leukoscope(["site", "cells", str(tmp_path)]) == 1
    assert "holds something else; name a new or empty folder" in capsys.readouterr().err
