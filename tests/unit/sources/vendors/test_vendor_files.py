"""Files of microscope makers give the pixels of their 8-bit RGB twin, or one sentence; planes are not images."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from leukoscope.domain.compression import JPEG, Compression
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.decoder import decoder
from leukoscope.sources.decoding import decode_image, decode_page
from leukoscope.sources.demo import demo_field
from leukoscope.sources.files import find_images
from leukoscope.sources.pages import Pages, pages_of, read_page
from leukoscope.workflow.images import PageSource, file_sources
from tests.unit.sources.test_decode_by_declaration import wrong
from tests.unit.sources.tiff_files import Samples
from tests.unit.sources.tiff_variants import TWIN, Variant
from tests.unit.sources.vendors import lif_files, nd2_files
from tests.unit.sources.vendors.czi_files import Tile, by_hand, by_zeiss, described, written_by_hand, written_by_zeiss
from tests.unit.sources.vendors.lif_files import Image, lif
from tests.unit.sources.vendors.nd2_files import DEPTHS, POSITIONS, TIMES, bgr, nd2


def variants(kind: str, folder: Path) -> Iterator[Variant]:
    if kind == "CZI":
        yield from written_by_zeiss(folder)
        yield from written_by_hand()
    else:
        yield from lif_files.written() if kind == "LIF" else nd2_files.written()


@pytest.mark.parametrize(("kind", "least"), [("CZI", 66), ("LIF", 38), ("ND2", 61)])
def test_every_depth_color_and_compression(kind: str, least: int, tmp_path: Path) -> None:
    found = list(variants(kind, tmp_path))
    assert len(found) >= least
    assert wrong(found) == []
    # The process for foreign files gives the same.
    assert wrong(found[::9], decoder().image) == []


def field(seed: int) -> Samples:
    return np.ascontiguousarray(demo_field(seed).pixels[:240, :320])


def blurred(pixels: Samples, sigma: float) -> Samples:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma))


def stacks() -> dict[str, bytes]:
    """Two fields, of each a sharp depth between two blurred ones, in every format."""
    rows = [[blurred(one, 3), one, blurred(one, 2)] for one in (field(1), field(2))]
    every = [depth for row in rows for depth in row]
    tiles = [Tile(depth, {"S": s, "Z": z}) for s, row in enumerate(rows) for z, depth in enumerate(row)]
    named = [Image(np.stack(row), (lif_files.Z,), f"Image{k}") for k, row in enumerate(rows)]
    return {
        "a.czi": by_hand(tiles, described()),
        "a.nd2": nd2([bgr(one) for one in every], loops=[(POSITIONS, 2), (DEPTHS, 3)]),
        "a.lif": lif(named),
        "scan.lif": lif([Image(np.stack([np.stack(row) for row in rows]), (lif_files.TILES, lif_files.Z))]),
    }


@pytest.mark.parametrize("name", ["a.czi", "a.nd2", "a.lif", "scan.lif"])
def test_depths_of_one_field_are_one_image_and_two_fields_are_two(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(stacks()[name])
    assert pages_of(path) == Pages((0, 3), 0, 4, private=True)
    assert pages_of(path).stacks == (0, 3)
    for number, seed in ((0, 1), (3, 2)):
        np.testing.assert_array_equal(read_page(path, number).pixels, field(seed))
        assert np.abs(read_page(path, number, join=True).pixels.astype(int) - field(seed)).mean() < 1
    # As the command line and the window take them: pages of their own, never the file with what else it holds.
    sources = list(file_sources(find_images([tmp_path]).paths, join=True))
    assert [type(one) for one in sources] == [PageSource] * 2
    assert [one.read().origin.name for one in sources] == [f"{name}#page=1&joined", f"{name}#page=4&joined"]
    with pytest.raises(ImageError, match="has 2 pages"):
        decode_image(path.read_bytes(), name)


def test_times_of_several_fields_are_images_of_their_own(tmp_path: Path) -> None:
    """What calls itself a time series can be a walk over the smear: what the planes show decides."""
    walk = [field(seed) for seed in (1, 2, 3)]
    (tmp_path / "a.nd2").write_bytes(nd2([bgr(one) for one in walk], loops=[(TIMES, 3)]))
    (tmp_path / "a.czi").write_bytes(by_hand([Tile(one, {"T": k}) for k, one in enumerate(walk)]))
    (tmp_path / "a.lif").write_bytes(lif([Image(np.stack(walk), (lif_files.T,))]))
    for name in ("a.nd2", "a.czi", "a.lif"):
        assert pages_of(tmp_path / name) == Pages((0, 1, 2), 0, 0, private=True), name
        np.testing.assert_array_equal(read_page(tmp_path / name, 2).pixels, walk[2])


def test_tiles_that_were_put_together_are_not_taken_once_more(tmp_path: Path) -> None:
    whole = field(1)
    tiles = np.stack([whole[:, :160], whole[:, 160:]])
    scan = Image(tiles, (lif_files.TILES,), "TileScan 1")
    (tmp_path / "a.lif").write_bytes(lif([scan, Image(whole, name="TileScan 1_Merged")]))
    assert pages_of(tmp_path / "a.lif") == Pages((0,), 1, 0, private=True)
    np.testing.assert_array_equal(read_page(tmp_path / "a.lif", 0).pixels, whole)


# What they say beside their pixels -------------------------------------------------------------------------------

_LENS = (
    '<Instrument><Objectives><Objective Id="O:1" Name="Plan 100x"/><Objective Id="O:2" Name="Plan 10x"/></Objectives>'
    '<Detectors><Detector Id="D:1"><Manufacturer><Model>Axiocam 305</Model></Manufacturer></Detector></Detectors>'
    "</Instrument>"
)
_ZEISS = (
    '<ObjectiveSettings><ObjectiveRef Id="O:1"/></ObjectiveSettings>'
    "<AcquisitionDateAndTime>2024-03-05T08:11:12.1234567Z</AcquisitionDateAndTime>"
    '<Dimensions><S><Scenes><Scene Index="0"><CenterPosition>1200.5,-300</CenterPosition></Scene></Scenes></S>'
    "</Dimensions>"
)
_LEICA = (
    '<Attachment Name="HardwareSetting"><ATLCameraSettingDefinition CameraName="DFC450" ObjectiveName="HC PL 100x"/>'
    '</Attachment><Attachment Name="TileScanInfo" FlipX="0" FlipY="0" SwapXY="0">'
    '<Tile FieldX="0" FieldY="0" PosX="0.0012005" PosY="-0.0003" PosZ="0"/></Attachment>'
    "<TimeStampList>1da6ed28a0a5f00</TimeStampList>"
)


@pytest.mark.parametrize(
    ("data", "camera", "objective"),
    [
        (lambda: by_hand([Tile(TWIN)], described(_ZEISS, more=_LENS)), "Axiocam 305", "Plan 100x"),
        (lambda: nd2([bgr(TWIN)], loops=[(POSITIONS, 1)], stages=[(1200.5, -300.0)]), "DS-Fi3", "Plan Apo"),
        (lambda: lif([Image(TWIN, attachments=_LEICA)]), "DFC450", "HC PL 100x"),
    ],
    ids=["CZI", "ND2", "LIF"],
)
def test_scale_microscope_place_and_time(data: Any, camera: str, objective: str) -> None:
    found = decode_image(data(), "a")
    assert found.um_per_px == pytest.approx(0.1)
    assert (found.microscope.camera, found.microscope.objective) == (camera, objective)
    assert found.stage == StagePosition(1200.5, -300.0)
    assert found.taken_at is not None and found.taken_at.astimezone(UTC).date() in {
        datetime(2024, 3, 5, tzinfo=UTC).date(),
        datetime(2024, 3, 6, tzinfo=UTC).date(),
    }


def test_what_is_no_scale_of_a_microscope_is_none() -> None:
    assert decode_image(by_hand([Tile(TWIN)], described(scaling=None)), "a").um_per_px is None
    assert decode_image(by_hand([Tile(TWIN)], described(scaling=1e-3)), "a").um_per_px is None
    assert decode_image(nd2([bgr(TWIN)], um_per_px=0.0), "a").um_per_px is None
    assert decode_image(by_hand([Tile(TWIN)], "<ImageDocument><broken"), "a").um_per_px is None


def test_what_compression_took_is_known(tmp_path: Path) -> None:
    found = {one.name: decode_image(one.data, "a").compression for one in written_by_hand()}
    assert found["JPEG"] == Compression(True, JPEG)
    assert found["JPEG XR"] == Compression(True)
    assert found["LZW"] == Compression(False)
    assert decode_image(nd2([bgr(TWIN)]), "a").compression == Compression(False)


# What is refused -------------------------------------------------------------------------------------------------


def _dyes() -> list[bytes]:
    names = "".join(f'<Channel Id="Channel:{k}" Name="{name}"/>' for k, name in enumerate(("DAPI", "FITC", "Cy3")))
    xml = described(f"<Dimensions><Channels>{names}</Channels></Dimensions>")
    gray = [np.ascontiguousarray(TWIN[..., k : k + 1]) for k in range(3)]
    return [
        by_hand([Tile(one, {"C": k}) for k, one in enumerate(gray)], xml),
        nd2([TWIN], channels=("DAPI", "FITC", "Cy3")),
        lif([Image(TWIN, tags=(0, 0, 0), in_planes=True)]),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        *((lambda k=k: _dyes()[k], "channels: ") for k in range(3)),
        (lambda: by_hand([Tile(TWIN, compression=504, data=b"x" * 99)]), "camera raw"),
        (lambda: by_hand([Tile(TWIN, compression=77, data=b"x" * 99)]), "compression 77"),
        (lambda: by_hand([Tile(TWIN, pixel_type=9, data=b"x" * 9)]), "alpha"),
        (lambda: nd2([bgr(TWIN)], eCompression=1), "lossy"),
        (lambda: nd2([bgr(TWIN)] * 3), "3 frames of which 1"),
        (lambda: lif([Image(np.stack([TWIN] * 2), (lif_files.LAMBDA,))]), "no pictures of a field"),
    ],
)  # fmt: skip
def test_what_is_whole_and_not_read_is_named(data: Any, words: str) -> None:
    with pytest.raises(ImageError, match=words) as caught:
        decode_image(data(), "a.x")
    assert caught.value.cause is Cause.UNKNOWN_KIND
    assert caught.value.message.count(". ") == 0


def test_a_plane_that_is_missing_is_damage_and_never_black(tmp_path: Path) -> None:
    """The library for ND2 gives zeros there."""
    data = nd2([bgr(field(1)), bgr(field(2))], loops=[(POSITIONS, 2)])
    lost = data.replace(b"ImageDataSeq|1!", b"ImageDataSeq|7!")
    np.testing.assert_array_equal(decode_page(lost, "a", 0).pixels, field(1))
    with pytest.raises(ImageError) as caught:
        decode_page(lost, "a", 1)
    assert caught.value.cause is Cause.BROKEN
    with pytest.raises(ImageError) as caught:
        decode_page(data, "a", 2)
    assert caught.value.cause is Cause.BROKEN
    half = by_hand([Tile(field(1), {"Z": 0, "C": 0}), Tile(field(1), {"Z": 1, "C": 0}), Tile(TWIN, {"Z": 2, "S": 1})])
    assert decode_page(half, "a", 2).pixels.shape == TWIN.shape


def test_a_file_that_is_written_by_zeiss_and_cut_anywhere_is_one_sentence(tmp_path: Path) -> None:
    data = by_zeiss([(TWIN, (0, 0), {"C": 0, "Z": 0, "T": 0}, 0)], tmp_path / "a.czi", um_per_px=0.1)
    assert decode_image(data, "a").um_per_px == pytest.approx(0.1)
    # What lies behind the last list that is read may be missing.
    for end in range(10, len(data) - 2048, 401):
        with pytest.raises(ImageError) as caught:
            decode_image(data[:end], "a.czi")
        assert caught.value.cause in {Cause.BROKEN, Cause.UNKNOWN_KIND}
