"""Slides: opened without being read, their parts as they lie in them, and one sentence for each that cannot be."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from leukoscope.domain.cells import Box
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources import decoding
from leukoscope.sources.demo import demo_field
from leukoscope.sources.files import read_frame
from leukoscope.sources.pages import read_page
from leukoscope.sources.slide import Slide, may_be_slide, open_slide, slide_at
from leukoscope.sources.slides.openslide_file import OpenSlideFile
from leukoscope.sources.slides.tiff_file import TiffSlide

from .slide_files import SECRET, TILE, pyramid, write_dicom, write_ome, write_svs, write_tiled

Writer = Callable[..., Path]
WRITERS: tuple[tuple[str, Writer], ...] = (("a.svs", write_svs), ("b.tif", write_tiled), ("c.ome.tif", write_ome))


@pytest.fixture(autouse=True)
def _small_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that is larger than an image may be need not have 120 megapixels here."""
    monkeypatch.setattr(decoding, "MAX_PIXELS", 1_000_000)


@pytest.fixture(scope="module")
def picture() -> Pixels:
    return np.ascontiguousarray(np.tile(demo_field(3).pixels, (2, 2, 1)))


@pytest.mark.parametrize(("name", "write"), WRITERS)
def test_every_level_is_read_in_parts_as_it_was_written(
    name: str, write: Writer, picture: Pixels, tmp_path: Path, opened: Callable[[Path], Slide]
) -> None:
    slide = opened(write(tmp_path / name, picture))
    levels = pyramid(picture, 3)
    assert [(one.width, one.height, one.downsample) for one in slide.info.levels] == [
        (level.shape[1], level.shape[0], 2.0**number) for number, level in enumerate(levels)
    ]
    assert slide.info.um_per_px == pytest.approx(0.25)
    for number, level in enumerate(levels):
        height, width = level.shape[:2]
        for x, y, wide, tall in ((0, 0, 10, 10), (TILE - 5, TILE - 7, 300, 100), (width - 9, height - 9, 9, 9)):
            assert np.array_equal(slide.read(number, x, y, wide, tall), level[y : y + tall, x : x + wide])
        # No picture of label or slide is a level, whatever part of the file it lies in.
        assert not (slide.read(number, 0, 0, width, height) == SECRET).all(axis=2).any()


def test_what_lies_beyond_the_slide_is_white(picture: Pixels, tmp_path: Path, opened: Callable[[Path], Slide]) -> None:
    slide = opened(write_tiled(tmp_path / "b.tif", picture))
    part = slide.read(0, -20, -10, 50, 40)
    assert (part[:10] == 255).all()
    assert (part[:, :20] == 255).all()
    assert np.array_equal(part[10:, 20:], picture[:30, :30])
    assert slide.read_region(Box(100, 200, 800, 600), 4.0).shape == (150, 200, 3)


def test_both_libraries_read_the_same_jpeg_tiles(picture: Pixels, tmp_path: Path) -> None:
    path = write_svs(tmp_path / "a.svs", picture, compression="jpeg", compressionargs={"level": 90})
    one, other = OpenSlideFile(path, "a.svs"), TiffSlide(path, "a.svs")
    assert one.info.levels[0] == other.info.levels[0]
    pair = [slide.read(0, 200, 100, 300, 280).astype(int) for slide in (one, other)]
    assert np.abs(pair[0] - pair[1]).max() <= 3
    one.close()
    other.close()


def test_a_dicom_slide_is_all_files_of_its_series(
    picture: Pixels, tmp_path: Path, opened: Callable[[Path], Slide], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of any size: nothing else reads it."""
    monkeypatch.setattr(decoding, "MAX_PIXELS", 120_000_000)
    slide = opened(write_dicom(tmp_path / "slide.dcm", picture))
    levels = pyramid(picture, 3)
    assert [(one.width, one.height) for one in slide.info.levels] == [
        (level.shape[1], level.shape[0]) for level in levels
    ]
    assert slide.info.um_per_px == pytest.approx(0.25)
    for number, level in enumerate(levels):
        part = slide.read(number, 100, 120, 300, 280).astype(int)
        assert np.abs(part - level[120:400, 100:400]).mean() < 3


def test_an_image_that_is_read_whole_stays_an_image(
    picture: Pixels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_svs(tmp_path / "a.svs", picture)
    monkeypatch.setattr(decoding, "MAX_PIXELS", 120_000_000)
    assert open_slide(path) is None
    monkeypatch.setattr(decoding, "MAX_PIXELS", 1_000_000)
    single = write_tiled(tmp_path / "one.tif", picture, levels=1)
    assert open_slide(single) is None


def test_a_slide_among_other_images_says_how_it_is_opened(picture: Pixels, tmp_path: Path) -> None:
    """A folder of files is judged; of which part of a slide nobody can guess."""
    path = write_ome(tmp_path / "c.ome.tif", picture)
    with pytest.raises(ImageError, match="is a slide; open it alone"):
        read_page(path, 0)
    with pytest.raises(ImageError, match="megapixels, more than"):
        read_frame(write_tiled(tmp_path / "one.tif", picture, levels=1))


def test_what_need_not_be_looked_at_is_told_by_its_first_bytes(tmp_path: Path, picture: Pixels) -> None:
    small = tmp_path / "small.tif"
    tifffile.imwrite(small, picture[:100, :100])
    (tmp_path / "a.png").write_bytes(b"\x89PNG" + bytes(200))
    assert not may_be_slide(small)
    assert not may_be_slide(tmp_path / "a.png")
    assert not may_be_slide(tmp_path)
    assert not may_be_slide(tmp_path / "missing.svs")
    assert may_be_slide(write_svs(tmp_path / "named.bin", picture))


@pytest.mark.parametrize(("name", "write"), WRITERS)
def test_a_slide_that_is_cut_short_is_damage_and_never_gray(
    name: str, write: Writer, picture: Pixels, tmp_path: Path, opened: Callable[[Path], Slide]
) -> None:
    """Cut while it is open: what is still there is read, the rest is said to be missing."""
    path = write(tmp_path / name, picture)
    slide = opened(path)
    whole = pyramid(picture, 3)[0]
    os.truncate(path, path.stat().st_size // 3)
    assert np.array_equal(slide.read(0, 0, 0, 64, 64), whole[:64, :64])
    with pytest.raises(ImageError, match="damaged or incomplete") as error:
        slide.read(0, whole.shape[1] - 64, whole.shape[0] - 64, 64, 64)
    assert error.value.cause is Cause.BROKEN


def test_a_slide_that_was_copied_in_part_is_refused_with_one_sentence(picture: Pixels, tmp_path: Path) -> None:
    path = write_svs(tmp_path / "a.svs", picture)
    os.truncate(path, path.stat().st_size // 2)
    try:
        slide = open_slide(path)
    except ImageError as error:
        assert error.cause is Cause.BROKEN
        assert error.message.count(".") <= 2
        return
    assert slide is None, "its pages lie behind its end, so that no reader can know it"


def test_a_drive_that_goes_away_is_said_and_the_slide_is_read_again_when_it_is_back(
    picture: Pixels, tmp_path: Path, opened: Callable[[Path], Slide]
) -> None:
    (tmp_path / "drive").mkdir()
    path = write_svs(tmp_path / "drive" / "a.svs", picture)
    kept = shutil.copy(path, tmp_path / "kept.svs")
    slide = opened(path)
    first = slide.read(0, 0, 0, 64, 64)
    os.truncate(path, 0)
    path.unlink()
    with pytest.raises(ImageError, match="drive is connected") as error:
        slide.read(0, 900, 700, 64, 64)
    assert error.value.cause is Cause.UNREACHABLE
    shutil.copy(kept, path)
    assert np.array_equal(slide.read(0, 0, 0, 64, 64), first)


def test_the_process_that_reads_it_may_end(picture: Pixels, tmp_path: Path, opened: Callable[[Path], Slide]) -> None:
    slide = opened(write_svs(tmp_path / "a.svs", picture))
    child = slide._decoder._child
    assert child is not None
    assert child.process.pid is not None
    os.kill(child.process.pid, signal.SIGTERM)
    child.process.join(10)
    assert np.array_equal(slide.read(1, 5, 6, 70, 80), pyramid(picture, 2)[1][6:86, 5:75])


def test_a_mirax_file_without_its_folder_says_so(tmp_path: Path) -> None:
    path = tmp_path / "slide.mrxs"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(1000))
    with pytest.raises(ImageError, match=re.escape("without the folder “slide”")) as error:
        open_slide(path)
    assert error.value.cause is Cause.UNREACHABLE


def test_a_compression_that_is_not_read_is_named_as_the_cause(picture: Pixels, tmp_path: Path) -> None:
    path = write_svs(tmp_path / "a.svs", picture)
    with tifffile.TiffFile(path, mode="r+") as tif:
        for page in (one.aspage() for one in tif.pages):
            if page.is_tiled:
                page.tags["Compression"].overwrite(34925)
    with pytest.raises(ImageError, match="compressed in a way that is not read") as error:
        open_slide(path)
    assert error.value.cause is Cause.UNKNOWN_KIND


def test_another_file_in_its_place_is_not_taken_for_it(picture: Pixels, tmp_path: Path) -> None:
    path = write_svs(tmp_path / "a.svs", picture)
    slide = slide_at(path)
    mark = slide.info.fingerprint
    slide.close()
    slide_at(path, mark).close()
    write_svs(path, picture[:, ::-1].copy())
    with pytest.raises(ImageError, match="no longer the slide"):
        slide_at(path, mark)
