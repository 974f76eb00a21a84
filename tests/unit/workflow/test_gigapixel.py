"""A slide of a gigapixel: opened at once, searched and read in the memory of a field, its cells those of one piece."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import tifffile

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels
from leukoscope.imaging.leukocytes import find_leukocytes
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field
from leukoscope.sources.slide import Slide, open_slide
from leukoscope.workflow.slide_fields import fields_of, monolayers_of
from tests.unit.sources.slides.slide_files import TILE, halved

SIDE, PATTERN = 32_768, 4096
UM_PER_PX = 0.1
OPENS_S, MEMORY = 2.0, 600 << 20


def jpeg_tiles(pixels: Pixels, folder: Path) -> list[bytes]:
    """A picture as the compressed tiles of a TIFF, row by row."""
    path = folder / "tiles.tif"
    tifffile.imwrite(path, pixels, tile=(TILE, TILE), compression="jpeg", photometric="rgb", metadata=None)
    with tifffile.TiffFile(path) as tif:
        page = tif.pages[0].aspage()
        found = []
        for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
            tif.filehandle.seek(offset)
            found.append(tif.filehandle.read(count))
        return found


def write_gigapixel(path: Path, pattern: Pixels) -> Path:
    """One picture beside and below itself, in three levels, without a gigapixel in memory."""
    with tifffile.TiffWriter(path, bigtiff=True) as tif:
        for number, level in enumerate((pattern, halved(halved(pattern)), halved(halved(halved(halved(pattern)))))):
            tiles, side = jpeg_tiles(level, path.parent), SIDE // 4**number
            across, here = side // TILE, level.shape[1] // TILE
            every = (tiles[(row % here) * here + column % here] for row in range(across) for column in range(across))
            scale = 10_000 / UM_PER_PX / 4**number
            tif.write(
                every, shape=(side, side, 3), dtype=np.uint8, tile=(TILE, TILE), compression="jpeg", photometric="rgb",
                metadata=None, subfiletype=int(number > 0), resolution=(scale, scale), resolutionunit="CENTIMETER",
            )  # fmt: skip
    return path


class Watched:
    """The most memory that this process and those it started have together, beyond what it has now."""

    def __init__(self) -> None:
        self._process, self._over = psutil.Process(os.getpid()), threading.Event()
        self._base = self._process.memory_info().rss
        self.most = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            own = self._process.memory_info().rss - self._base
            children = 0
            for child in self._process.children(recursive=True):
                try:
                    children += child.memory_info().rss
                except psutil.Error:
                    continue
            self.most = max(self.most, own + children)

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture(scope="module")
def pattern() -> Pixels:
    return demo_field(12, PATTERN, PATTERN, leukocytes=60, kinds=HEALTHY_BLOOD).pixels


@pytest.fixture(scope="module")
def path(pattern: Pixels, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = write_gigapixel(tmp_path_factory.mktemp("gigapixel") / "slide.tif", pattern)
    yield made
    made.unlink()


@pytest.mark.heavy
def test_a_gigapixel_opens_at_once_and_is_read_in_the_memory_of_a_field(path: Path) -> None:
    find_leukocytes(np.full((64, 64, 3), 230, np.uint8), UM_PER_PX)
    with Watched() as watched:
        begun = time.monotonic()
        slide = open_slide(path)
        took = time.monotonic() - begun
        assert slide is not None
        try:
            assert slide.info.width * slide.info.height > 1e9
            best = monolayers_of(slide, UM_PER_PX)[0].region
            assert best.width * best.height > 1e6
            region = Box(2500, 2700, 3400, 2700)
            fields = list(_centers(slide, region))
        finally:
            slide.close()
    print(f"opened in {took:.2f} s, {watched.most >> 20} MB more at most")
    assert took < OPENS_S
    assert watched.most < MEMORY
    whole = open_slide(path)
    assert whole is not None
    try:
        around = Box(region.x - 200, region.y - 200, region.width + 400, region.height + 400)
        pixels = whole.read_region(around)
    finally:
        whole.close()
    wanted = [(x + around.x, y + around.y) for x, y in (blob.box.center for blob in find_leukocytes(pixels, UM_PER_PX))]
    edge = 1.0 / UM_PER_PX
    assert _same(_inside(fields, region, edge), _inside(wanted, region, edge))


def _centers(slide: Slide, region: Box) -> Iterator[tuple[float, float]]:
    for _, found in fields_of(slide, region, UM_PER_PX):
        yield from found.on_slide


def _inside(centers: list[tuple[float, float]], region: Box, edge: float) -> list[tuple[float, float]]:
    right, bottom = region.x + region.width, region.y + region.height
    return [(x, y) for x, y in centers if region.x + edge < x < right - edge and region.y + edge < y < bottom - edge]


def _same(found: list[tuple[float, float]], wanted: list[tuple[float, float]]) -> bool:
    near = [min(wanted, key=lambda one: math.dist(one, center)) for center in found]
    apart = max(math.dist(one, other) for one, other in zip(found, near, strict=True))
    return len(found) == len(wanted) == len(set(near)) > 20 and apart < 1.0 / UM_PER_PX
