"""A slide of a Zeiss scanner is opened without being read, and its parts are those that were written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import psutil
import pytest

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources import decoding
from leukoscope.sources.decoder import decoder
from leukoscope.sources.demo import demo_field
from leukoscope.sources.pages import read_page
from leukoscope.sources.slide import Slide, open_slide
from tests.unit.sources.slides.slide_files import pyramid
from tests.unit.sources.vendors.czi_files import Tile, by_hand, deep, described

SIDE = 256


@pytest.fixture(autouse=True)
def _small_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 1_000_000)


@pytest.fixture(scope="module")
def picture() -> Pixels:
    # Sides that tiles do not divide, and levels do.
    return np.ascontiguousarray(np.tile(demo_field(3).pixels, (2, 2, 1))[:1336, :1784])


def tiled(pixels: Pixels, levels: int = 3, corner: tuple[int, int] = (-900, 4000), packed: bool = False) -> list[Tile]:
    found: list[Tile] = []
    for number, level in enumerate(pyramid(pixels, levels)):
        factor = 2**number
        for top in range(0, level.shape[0], SIDE):
            for left in range(0, level.shape[1], SIDE):
                part = np.ascontiguousarray(level[top : top + SIDE, left : left + SIDE])
                place = {"X": corner[0] + left * factor, "Y": corner[1] + top * factor, "M": len(found), "S": 0}
                size = (part.shape[1] * factor, part.shape[0] * factor)
                data = bytes(imagecodecs.jpegxr_encode(part, level=100)) if packed else None
                found.append(Tile(part, place, 4 if packed else 0, data, size))
    return found


@pytest.mark.parametrize("packed", [False, True], ids=["not compressed", "JPEG XR"])
def test_every_level_is_read_in_parts_as_it_was_written(
    packed: bool, picture: Pixels, tmp_path: Path, opened: Callable[[Path], Slide]
) -> None:
    path = tmp_path / "a.czi"
    path.write_bytes(by_hand(tiled(picture, packed=packed), described(), attachments=3))
    slide = opened(path)
    levels = pyramid(picture, 3)
    assert [(one.width, one.height, one.downsample) for one in slide.info.levels] == [
        (level.shape[1], level.shape[0], 2.0**number) for number, level in enumerate(levels)
    ]
    assert slide.info.um_per_px == pytest.approx(0.1)
    for number, level in enumerate(levels):
        height, width = level.shape[:2]
        for x, y, wide, tall in ((0, 0, 10, 10), (SIDE - 5, SIDE - 7, 150, 60), (width - 9, height - 9, 9, 9)):
            assert np.array_equal(slide.read(number, x, y, wide, tall), level[y : y + tall, x : x + wide])


def test_deep_slides_and_what_was_not_scanned(picture: Pixels, tmp_path: Path, opened: Callable[[Path], Slide]) -> None:
    tiles = [replace(tile, samples=deep(tile.samples, 12)) for tile in tiled(picture)]
    path = tmp_path / "a.czi"
    path.write_bytes(by_hand(tiles[1:], described(bits=12)))
    slide = opened(path)
    assert np.array_equal(slide.read(0, 300, 300, 200, 100), picture[300:400, 300:500])
    assert (slide.read(0, 0, 0, SIDE, SIDE) == 255).all(), "the first tile was left out"


def test_an_image_of_its_size_is_no_slide_and_a_slide_is_no_image(picture: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "a.czi"
    path.write_bytes(by_hand(tiled(picture[:700, :900], 2), described()))
    assert open_slide(path) is None
    np.testing.assert_array_equal(read_page(path, 0).pixels, picture[:700, :900])
    path.write_bytes(by_hand(tiled(picture), described()))
    with pytest.raises(ImageError, match="is a slide; open it alone"):
        read_page(path, 0)


@pytest.mark.parametrize("letter", ["Z", "T", "C"])
def test_a_slide_that_is_not_one_picture_is_named(letter: str, picture: Pixels, tmp_path: Path) -> None:
    tiles = tiled(picture)
    more = [Tile(tile.samples, {**tile.first, letter: 1}, size=tile.size) for tile in tiles]
    path = tmp_path / "a.czi"
    path.write_bytes(by_hand(tiles + more, described()))
    with pytest.raises(ImageError, match="a slide of 2 ") as caught:
        open_slide(path)
    assert caught.value.cause is Cause.UNKNOWN_KIND


def test_a_slide_cut_short_is_damage_where_it_is_read(picture: Pixels, tmp_path: Path) -> None:
    data = bytearray(by_hand(tiled(picture), described()))
    path = tmp_path / "a.czi"
    place = data.index(b"ZISRAWSUBBLOCK")
    data[place : place + 16] = b"DELETED".ljust(16, b"\0")
    path.write_bytes(data)
    slide = open_slide(path)
    assert slide is not None
    with closing(slide), pytest.raises(ImageError) as caught:
        slide.read(0, 0, 0, 50, 50)
    assert caught.value.cause is Cause.BROKEN
    path.write_bytes(data[: len(data) // 2])
    assert open_slide(path) is None
    with pytest.raises(ImageError) as caught:
        read_page(path, 0)
    assert caught.value.cause is Cause.BROKEN


def test_of_a_large_file_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    """Sixty fields of 3 MB each: one of them takes no more memory than it would alone."""
    one = np.ascontiguousarray(np.tile(demo_field(3).pixels, (2, 2, 1))[:1000, :1000])
    alone, path = tmp_path / "alone.czi", tmp_path / "many.czi"
    alone.write_bytes(by_hand([Tile(one)], described()))
    path.write_bytes(by_hand([Tile(one, {"S": k}) for k in range(60)], described()))
    assert path.stat().st_size > 180e6
    read_page(alone, 0)
    child = decoder()._child
    assert child is not None and child.process.pid is not None
    before = psutil.Process(child.process.pid).memory_info().rss
    for number in (0, 30, 59):
        np.testing.assert_array_equal(read_page(path, number).pixels, one)
    grown = psutil.Process(child.process.pid).memory_info().rss - before
    assert grown < 60e6, grown
