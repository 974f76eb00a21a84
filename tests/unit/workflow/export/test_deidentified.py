"""A case without its patient's data: a planted name is sought in every byte that is written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pydicom
import pypdf
import pytest
from PIL import Image

from leukoscope.cases.store import CaseStore
from leukoscope.cli.main import main
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.files import decode_frame
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.export.deidentified import new_pseudonym, write_deidentified
from leukoscope.workflow.settings import Settings
from tests.unit.cases.builders import QUALITY, finding

PLANTED = "Quillfeather"
"""Stands in every field, file name and tag, in several spellings."""
TAKEN = datetime(2024, 3, 7, 11, 22, 33, tzinfo=UTC)


def picture(number: int) -> bytes:
    """A JPEG with the name in its EXIF, its comment, and the day in the EXIF too."""
    image = Image.effect_noise((320, 240), 40 + number).convert("RGB")
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x0132] = PLANTED, PLANTED, "2024:03:07 11:22:33"
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif, comment=PLANTED.encode())
    return stream.getvalue()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[CaseRepository]:
    made = CaseRepository(tmp_path / "cases")
    store = made.store
    case_id = store.create(
        CaseHeader(
            "QUILLFEATHER-77", f"{PLANTED}, Jane", f"Blood of {PLANTED}", f"MGG {PLANTED}", f"Dr. {PLANTED}",
            f"sister of {PLANTED}", f"PID-{PLANTED}",
        )
    )  # fmt: skip
    for number in range(2):
        data = picture(number)
        path = f"/home/lab/{PLANTED}/{PLANTED} {number}.jpg"
        origin = FrameOrigin(
            OriginKind.FILE, f"{PLANTED} {number}.jpg", path, TAKEN, stage=StagePosition(777123.5, 1.5)
        )
        frame = decode_frame(data, origin)
        found = (finding(number, frame.sha256, 90),)
        added = store.frames.add(case_id, ImageAnalysis(path, frame, View.FIELD, QUALITY, found), data)
        store.decide(added.cells[0].id, Label.HEALTHY, f"Dr. {PLANTED}")
    store.frames.add(
        case_id, ImageAnalysis(f"{PLANTED}.tif", None, View.AUTO, None, (), f"“{PLANTED}.tif” is damaged."), None
    )
    yield made
    made.close()


def written(repository: CaseRepository, path: Path) -> dict[str, bytes]:
    settings = Settings(laboratory=f"Lab {PLANTED}", address=PLANTED, operator=PLANTED, hl7_receiver=PLANTED)
    write_deidentified(CaseExport(repository, (), settings), repository.store.list()[0].id, path, new_pseudonym())
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def spellings(data: bytes) -> bytes:
    return data.lower() + data.decode("utf-16-le", "ignore").encode("utf-8", "ignore").lower()


def inside(name: str, data: bytes) -> bytes:
    """What a file says where it does not say it in plain bytes."""
    if name.endswith(".pdf"):
        reader = pypdf.PdfReader(io.BytesIO(data))
        texts = [page.extract_text() for page in reader.pages] + [str(reader.metadata), str(reader.xmp_metadata)]
        objects = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
        streams = [one.get_data() for one in objects if isinstance(one, pypdf.generic.StreamObject)]
        return "\n".join(texts).encode() + b"".join(streams) + str(objects).encode()
    if name.endswith(".dcm"):
        read = pydicom.dcmread(io.BytesIO(data))
        report = read.get("EncapsulatedDocument", b"")
        return str(read).encode() + (inside("x.pdf", report.rstrip(b"\0")) if report else b"")
    if name.endswith(".fhir.json"):
        import base64
        import re

        found = re.search(r'"data": ?"([A-Za-z0-9+/=]+)"', data.decode())
        return inside("x.pdf", base64.b64decode(found[1])) if found else b""
    if name.endswith(".png"):
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return str(image.info).encode() + str(dict(image.getexif())).encode()
    return b""


def test_a_planted_name_is_in_no_byte_that_is_written(repository: CaseRepository, tmp_path: Path) -> None:
    files = written(repository, tmp_path / "out.zip")
    assert {name.partition("/")[0] for name in files} == {
        "README.txt", "report.pdf", "findings.csv", "findings.json", "report.fhir.json", "dicom", "images",
        "sha256.json",
    }  # fmt: skip
    assert sum(name.startswith("images/") for name in files) == 2
    assert sum(name.startswith("dicom/") for name in files) == 4
    hashes = [frame.sha256 for frame in repository.load(repository.store.list()[0].id).frames if frame.sha256]
    for name, data in files.items():
        text = spellings(name.encode()) + spellings(data) + spellings(inside(name, data))
        for forbidden in (PLANTED, PLANTED[::-1], "lab", *hashes, "2024-03-07", "20240307", "2024:03:07", "777123"):
            wanted = b"/home/lab" if forbidden == "lab" else forbidden.lower().encode()
            assert wanted not in text, (name, forbidden)
    assert PLANTED.lower().encode() not in (tmp_path / "out.zip").read_bytes().lower()


def test_the_search_finds_the_name_in_an_ordinary_export(repository: CaseRepository, tmp_path: Path) -> None:
    """Else the test above could not fail."""
    from leukoscope.workflow.export import formats

    outgoing = CaseExport(repository, (), Settings())
    outgoing.write(repository.store.list()[0].id, formats.ZIP, tmp_path / "all.zip")
    found = set()
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        for info in archive.infolist():
            data = archive.read(info)
            if PLANTED.lower().encode() in spellings(data) + spellings(inside(info.filename, data)):
                found.add(info.filename.rpartition(".")[2])
    assert {"pdf", "json", "dcm", "jpg"} <= found


def test_spans_stay_and_two_exports_have_nothing_in_common(repository: CaseRepository, tmp_path: Path) -> None:
    one, other = (written(repository, tmp_path / f"{name}.zip") for name in ("one", "other"))
    uids = [
        {str(pydicom.dcmread(io.BytesIO(data)).StudyInstanceUID) for name, data in files.items() if "dicom/" in name}
        for files in (one, other)
    ]
    assert len(uids[0]) == 1
    assert not uids[0] & uids[1]
    assert one["README.txt"] != other["README.txt"]
    case = repository.load(repository.store.list()[0].id)
    pseudonym = new_pseudonym()
    assert timedelta(days=1) <= -pseudonym.shift <= timedelta(days=3650)
    assert pseudonym.moved(case.changed_at) - pseudonym.moved(case.created_at) == case.changed_at - case.created_at


def test_dicom_says_by_which_profile_it_was_cleaned(repository: CaseRepository, tmp_path: Path) -> None:
    files = written(repository, tmp_path / "out.zip")
    for name, data in files.items():
        if name.startswith("dicom/"):
            read = pydicom.dcmread(io.BytesIO(data))
            assert read.PatientIdentityRemoved == "YES"
            codes = [item.CodeValue for item in read.DeidentificationMethodCodeSequence]
            assert codes == ["113100", "113107"]
            assert read.LongitudinalTemporalInformationModified == "MODIFIED"
            assert not read.PatientName and "InstitutionName" not in read and not read.AccessionNumber


def test_the_command_writes_a_file_whose_name_tells_nothing(
    data_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(CaseStore(AppDirs.of_user().cases)) as store:
        store.create(CaseHeader("QUILLFEATHER-77", PLANTED))
    assert main(["export", "QUILLFEATHER-77", "--deidentified", "--out", str(tmp_path / "out")]) == 0
    (file,) = (tmp_path / "out").iterdir()
    assert capsys.readouterr().out.strip() == str(file)
    assert file.name.startswith("deidentified-D")
    assert PLANTED.lower() not in file.name.lower()
    assert PLANTED.lower().encode() not in file.read_bytes().lower()
