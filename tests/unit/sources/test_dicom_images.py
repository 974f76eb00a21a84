"""DICOM pictures give the pixels of their 8-bit RGB twin, or one sentence; what their headers say goes nowhere else."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from leukoscope.domain.compression import JPEG as JPEG_TERM
from leukoscope.domain.compression import Compression
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.stated import StatedHeader
from leukoscope.sources.decoder import decoder
from leukoscope.sources.decoding import decode_image
from leukoscope.sources.demo import demo_field
from leukoscope.sources.files import find_images
from leukoscope.sources.pages import Pages, pages_of, read_page, stated_header
from leukoscope.workflow.images import PageSource, file_sources
from tests.unit.sources import dicom_files
from tests.unit.sources.dicom_files import (
    DEFLATED,
    EVEN,
    EXPLICIT,
    JPEG,
    JPEG_2000,
    JPEG_LS,
    PHOTOGRAPHIC,
    RLE,
    SECONDARY,
    SECONDARY_FRAMES,
    dicom,
    rle,
)
from tests.unit.sources.test_decode_by_declaration import profile, wrong
from tests.unit.sources.tiff_variants import BLOCKS, GRAY_TWIN, TWIN, Variant

NAME = "DOE^JANE"


def plain(**more: Any) -> bytes:
    return dicom(EVEN.tobytes(), EVEN.shape, **more)


@pytest.mark.parametrize(("table", "least"), [("natives", 171), ("colors", 10), ("compressed", 40)])
def test_every_syntax_depth_and_color(table: str, least: int) -> None:
    variants: list[Variant] = list(getattr(dicom_files, table)())
    assert len(variants) >= least
    assert wrong(variants) == []


def test_the_process_for_foreign_files_gives_the_same() -> None:
    variants = [*dicom_files.natives()][::40] + [*dicom_files.colors()][::4] + [*dicom_files.compressed()][::6]
    assert wrong(variants, decoder().image) == []


@pytest.mark.parametrize("where", ["picture", "light path"])
def test_a_color_profile_counts(where: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(EVEN).save(stream, "PNG", icc_profile=profile())
    right = decode_image(stream.getvalue(), "a.png").pixels
    path: Any = Dataset()
    path.ICCProfile = profile() + b"\0" * (len(profile()) % 2)
    said = {"ICCProfile": path.ICCProfile} if where == "picture" else {"OpticalPathSequence": [path]}
    np.testing.assert_array_equal(decode_image(plain(**said), "a").pixels, right)


# What the header says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "um_per_px"),
    [
        ({"PixelSpacing": [0.0001, 0.0001]}, 0.1),
        ({"PixelSpacing": [0.0001, 0.0002]}, None),
        ({"PixelSpacing": [0.5, 0.5]}, None),
        ({"PixelSpacing": [0.0001, 0.0001], "kind": PHOTOGRAPHIC}, None),
        ({"PixelSpacing": [0.0001, 0.0001], "kind": SECONDARY}, None),
        ({"PixelSpacing": [0.0001, 0.0001], "kind": SECONDARY, "Modality": "SM"}, 0.1),
        ({"ImagerPixelSpacing": [0.0003, 0.0003]}, None),
        ({"NominalScannedPixelSpacing": [0.0003, 0.0003], "kind": SECONDARY, "Modality": "SM"}, None),
    ],
)
def test_the_scale_is_taken_only_where_it_is_of_the_specimen(said: dict[str, Any], um_per_px: float | None) -> None:
    assert decode_image(plain(**said), "a").um_per_px == pytest.approx(um_per_px)


def test_scale_of_multi_frame_pictures_microscope_and_time_are_read() -> None:
    measures, group, lens = (Dataset() for _ in range(3))
    measures.PixelSpacing = [0.0001, 0.0001]
    group.PixelMeasuresSequence = [measures]
    lens.ObjectiveLensPower = 100
    decoded = decode_image(
        plain(
            SharedFunctionalGroupsSequence=[group], OpticalPathSequence=[lens], Manufacturer="Basler",
            ManufacturerModelName="ace", AcquisitionDateTime="20240305101112.5+0200",
        ),
        "a",
    )  # fmt: skip
    assert decoded.um_per_px == pytest.approx(0.1)
    assert (decoded.microscope.camera, decoded.microscope.objective) == ("Basler ace", "100x")
    assert decoded.taken_at == datetime(2024, 3, 5, 8, 11, 12, tzinfo=UTC)
    said = decode_image(plain(ContentDate="20240305", ContentTime="101112", TimezoneOffsetFromUTC="-0330"), "a")
    assert said.taken_at == datetime(2024, 3, 5, 13, 41, 12, tzinfo=UTC)
    assert decode_image(plain(ContentDate="20240305", ContentTime=""), "a").taken_at is None


def test_what_compression_took_is_known() -> None:
    jpeg = bytes(imagecodecs.jpeg8_encode(BLOCKS, level=90))
    lost = decode_image(dicom([jpeg], BLOCKS.shape, "YBR_FULL_422", syntax=JPEG), "a").compression
    assert lost is not None and lost.lossy and lost.method == JPEG_TERM and lost.size > 0
    earlier = decode_image(plain(LossyImageCompression="01", LossyImageCompressionMethod=JPEG_TERM), "a").compression
    assert earlier == Compression(True, JPEG_TERM)
    assert decode_image(plain(), "a").compression == Compression(False)


# Frames ----------------------------------------------------------------------------------------------------------


def field(seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return demo_field(seed, 240, 180).pixels


def test_frames_are_images_and_depths_of_one_field_are_one(tmp_path: Path) -> None:
    blurred = [cv2.GaussianBlur(field(1), (0, 0), 3), field(1), cv2.GaussianBlur(field(1), (0, 0), 1.5)]
    frames = np.stack([field(7), *blurred, field(9)])
    path = tmp_path / "a.dcm"
    path.write_bytes(dicom(frames.tobytes(), (180, 240, 3), kind=SECONDARY_FRAMES, NumberOfFrames=5, PatientName=NAME))
    assert pages_of(path) == Pages((0, 1, 4), 0, 2, True)
    for page, right in ((0, field(7)), (1, field(1)), (4, field(9))):
        np.testing.assert_array_equal(read_page(path, page).pixels, right)
    with pytest.raises(ImageError, match="has 3 pages"):
        decode_image(path.read_bytes(), "a.dcm")
    sources = list(file_sources([path]))
    assert [source.name for source in sources] == [f"{path}#page={number}" for number in (1, 2, 5)]


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, JPEG_2000, JPEG])
def test_encapsulated_frames_are_found(syntax: str) -> None:
    shown = [BLOCKS, np.ascontiguousarray(BLOCKS[::-1])]
    encode: dict[str, Callable[[Any], bytes]] = {
        RLE: lambda one: rle(np.ascontiguousarray(np.moveaxis(one, 2, 0))),
        JPEG_LS: lambda one: bytes(imagecodecs.jpegls_encode(one)),
        JPEG_2000: lambda one: dicom_files.j2k(one, 8),
        JPEG: lambda one: bytes(imagecodecs.jpeg8_encode(one, level=98, subsampling="444")),
    }
    meaning = {JPEG_2000: "YBR_RCT", JPEG: "YBR_FULL"}.get(syntax, "RGB")
    data = dicom([encode[syntax](one) for one in shown], BLOCKS.shape, meaning, syntax=syntax, NumberOfFrames=2)
    for number, right in enumerate(shown):
        off = np.abs(decoder().page(data, "a", number).pixels.astype(int) - right).max()
        assert off <= (5 if syntax == JPEG else 0)


def test_sixteen_bits_of_which_a_camera_uses_twelve_are_one_range_for_all_frames() -> None:
    bright, dim = dicom_files.deep(field(1), 12), dicom_files.deep(field(2) // 8, 12)
    data = dicom(np.stack([bright, dim]).tobytes(), (180, 240, 3), bits=(16, 16, 15), NumberOfFrames=2)
    np.testing.assert_array_equal(decoder().page(data, "a", 0).pixels, field(1))
    np.testing.assert_array_equal(decoder().page(data, "a", 1).pixels, field(2) // 8)


# Bad input -------------------------------------------------------------------------------------------------------


def _grown(stream: bytes, mark: bytes, after: int) -> bytes:
    """A stream whose own head declares another size; the four bytes are those of height and width, or of width."""
    place = stream.index(mark) + after
    return stream[:place] + b"\x0f\xff\xff\xff" + stream[place + 4 :]


def refused() -> Iterator[tuple[str, bytes, str, Cause]]:
    jpeg = bytes(imagecodecs.jpeg8_encode(BLOCKS, level=90))
    shape = BLOCKS.shape
    damaged, unknown = "is damaged or incomplete", Cause.UNKNOWN_KIND
    yield "a pixel short", dicom(EVEN.tobytes()[:-6], EVEN.shape), damaged, Cause.BROKEN
    yield "a pixel too many", dicom(EVEN.tobytes() + bytes(6), EVEN.shape), damaged, Cause.BROKEN
    yield "no second frame", plain(NumberOfFrames=2), damaged, Cause.BROKEN
    yield "no fragment", dicom([b"\0\0"], shape, "YBR_FULL", syntax=JPEG), damaged, Cause.BROKEN
    yield "a fragment missing", dicom([jpeg], shape, "YBR_FULL", syntax=JPEG, NumberOfFrames=2), damaged, Cause.BROKEN
    yield "half a JPEG", dicom([jpeg[:200]], shape, "YBR_FULL", syntax=JPEG), damaged, Cause.BROKEN
    yield "JPEG of another size", dicom([jpeg], (9, 9, 3), "YBR_FULL", syntax=JPEG), damaged, Cause.BROKEN
    for name, syntax, inside in (
        ("JPEG", JPEG, _grown(jpeg, b"\xff\xc0", 5)),
        ("JPEG-LS", JPEG_LS, _grown(bytes(imagecodecs.jpegls_encode(BLOCKS)), b"\xff\xf7", 5)),
        ("JPEG 2000", JPEG_2000, _grown(dicom_files.j2k(BLOCKS, 8), b"\xff\x51", 6)),
    ):
        yield f"a bomb inside, {name}", dicom([inside], shape, "RGB", syntax=syntax), damaged, Cause.BROKEN
    packed = rle(np.ascontiguousarray(np.moveaxis(TWIN, 2, 0)))
    for name, frame in (
        ("beyond the end", packed[:12] + b"\xff\xff\xff\x00" + packed[16:]),
        ("cut", packed[:-200]),
        ("too many", b"\xff\x00\x00\x00" + packed[4:]),
        ("one", b"\x01\x00\x00\x00" + packed[4:]),
    ):
        yield f"RLE segments, {name}", dicom([frame], TWIN.shape, syntax=RLE), damaged, Cause.BROKEN
    gray_inside = bytes(imagecodecs.jpegls_encode(np.ascontiguousarray(BLOCKS[..., 0])))
    yield "gray inside of color", dicom([gray_inside], shape, "RGB", syntax=JPEG_LS), damaged, Cause.BROKEN
    yield "no frame", plain(NumberOfFrames=-1), damaged, Cause.BROKEN
    yield "bits that are not there", plain(bits=(8, 8, 9)), damaged, Cause.BROKEN
    yield "huge", dicom(b"\0" * 64, (60000, 60000, 3)), "has 3600 megapixels", unknown
    yield "empty", dicom(b"\0" * 64, (4000, 4000, 3)), "claims 16 megapixels and holds next to nothing", unknown
    yield "frames", plain(NumberOfFrames=2_000_000_000), "with 2000000000 frames, which is not read", unknown
    mpeg = "1.2.840.10008.1.2.4.102"
    yield "film", dicom([jpeg], shape, "YBR_FULL", syntax=mpeg), "with compression “MPEG-4 AVC/H.264", unknown
    yield "unknown syntax", dicom([jpeg], shape, syntax="1.2.3.4"), "with compression “1.2.3.4”", unknown
    yield "inks", dicom(bytes(4 * 64), (8, 8, 4), "CMYK"), "with 4 channels of “CMYK”", unknown
    yield "signed", plain(PixelRepresentation=1), "with signed samples", unknown
    yield (
        "floating",
        dicom(bytes(256), (8, 8), "MONOCHROME2", bits=(32, 32, 31), vr="OW"),
        "samples of 32 in 32",
        unknown,
    )
    gray: dict[str, Any] = {"RescaleSlope": 2, "RescaleIntercept": -100}
    yield "rescaled", dicom(bytes(64), (8, 8), "MONOCHROME2", **gray), "with rescaled samples", unknown
    yield "burned in", plain(BurnedInAnnotation="YES", PatientName=NAME), "shows who the patient is", unknown
    yield "slide", plain(kind="1.2.840.10008.5.1.4.1.1.77.1.6"), "is a slide in DICOM tiles", unknown
    yield "no palette", dicom(bytes(64), (8, 8), "PALETTE COLOR"), damaged, Cause.BROKEN


CASES = list(refused())


@pytest.mark.parametrize(("data", "words", "cause"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_not_read_says_why_in_one_sentence(data: bytes, words: str, cause: Cause, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(data)
    page = pages_of(path).numbers[0]
    asked: list[Callable[[], object]] = [
        lambda: decoder().image(data, "a.dcm"), lambda: decoder().page(data, "a.dcm", page)
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(ImageError) as caught:
            ask()
        assert words in caught.value.message
        assert caught.value.cause is cause
        assert caught.value.message.count(". ") == 0
        assert NAME not in caught.value.message + caught.value.detail


def test_a_report_and_the_list_of_a_disk_are_no_pictures() -> None:
    whole = plain()
    report = whole[: whole.index(b"\xe0\x7f\x10\x00")]
    with pytest.raises(ImageError, match="is a DICOM file without a picture"):
        decode_image(report, "a")
    with pytest.raises(ImageError, match="is the list of a DICOM disk; open the folder"):
        decode_image(plain(kind="1.2.840.10008.1.3.10"), "DICOMDIR")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("syntax", [EXPLICIT, DEFLATED, JPEG_2000])
def test_a_cut_file_is_never_a_picture(part: float, syntax: str) -> None:
    packed = [dicom_files.j2k(TWIN, 8)]
    whole = dicom(packed, TWIN.shape, "YBR_RCT", syntax=syntax) if syntax == JPEG_2000 else plain(syntax=syntax)
    with pytest.raises(ImageError) as caught:
        decode_image(whole[: int(len(whole) * part)], "a")
    assert caught.value.message.count(". ") == 0


def test_a_bomb_of_zeros_takes_no_more_than_it_may() -> None:
    start = plain(syntax=DEFLATED)
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(body.compress(bytes(1 << 24)) for _ in range(40)) + body.flush()
    head = start[: 144 + int.from_bytes(start[140:144], "little")]
    with pytest.raises(ImageError) as caught:
        decoder().image(head + packed, "a")
    assert "more memory" in caught.value.message or "damaged" in caught.value.message


# Folders and what is kept ----------------------------------------------------------------------------------------


def test_folders_give_dicom_without_endings_and_no_list_of_the_disk(tmp_path: Path) -> None:
    for name in ("IM0001", "1.2.840.17", "b.dcm", "DICOMDIR", "._IM0002"):
        (tmp_path / name).write_bytes(plain())
    (tmp_path / "README").write_text("no image")
    assert {path.name for path in find_images([tmp_path]).paths} == {"IM0001", "1.2.840.17", "b.dcm"}


def test_what_is_kept_of_a_file_does_not_name_the_patient(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(plain(PatientName=NAME, PatientID="4711-0815"))
    (source,) = file_sources([path])
    assert isinstance(source, PageSource)
    kept = source.image_bytes()
    assert b"DOE" not in kept and b"4711-0815" not in kept
    np.testing.assert_array_equal(source.read().pixels, EVEN)


def test_gray_stays_gray() -> None:
    data = dicom(TWIN[..., 0].tobytes(), TWIN.shape[:2], "MONOCHROME2")
    np.testing.assert_array_equal(decode_image(data, "a").pixels, GRAY_TWIN)


@pytest.mark.filterwarnings("ignore:Invalid value for VR DA")
@pytest.mark.parametrize(
    ("said", "stated"),
    [
        (
            {"PatientName": NAME, "PatientID": " 4711 ", "PatientBirthDate": "19601224", "PatientSex": "F",
             "AccessionNumber": "A-1"},
            StatedHeader("A-1", "DOE, JANE", "4711", "1960-12-24", "female"),
        ),
        ({"PatientName": "DOE^", "PatientSex": "Q", "PatientBirthDate": "19601399"}, StatedHeader(patient="DOE")),
        (
            {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Yamada^Tarou=山田^太郎"},
            StatedHeader(patient="Yamada, Tarou"),
        ),
        ({"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller^Käthe"}, StatedHeader(patient="Müller, Käthe")),
        ({"PatientID": "A-1", "IssuerOfPatientID": "LeukoScope"}, StatedHeader()),
        ({}, StatedHeader()),
    ],
)  # fmt: skip
def test_the_header_names_the_patient(said: dict[str, Any], stated: StatedHeader, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(plain(**said))
    assert stated_header(path) == stated
    path.write_bytes(plain(**said)[:150])
    assert stated_header(path) == StatedHeader()
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(300))
    assert stated_header(path) == StatedHeader()
