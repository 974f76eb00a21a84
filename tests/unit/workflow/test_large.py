"""Stitched pictures in tiled, pyramidal files: the same cells as in one piece, with memory for a few tiles only."""

from __future__ import annotations

import hashlib
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tifffile

from leukoscope.domain.cells import View
from leukoscope.domain.frames import Pixels
from leukoscope.imaging import leukocytes
from leukoscope.sources.demo import demo_field
from leukoscope.workflow.analyze import prepare
from leukoscope.workflow.images import FileSource, file_sources, source_named

UM_PER_PX = 0.1


@pytest.fixture(scope="module")
def stitched() -> Pixels:
    """Four demo fields side by side: 2560x2048."""
    fields = [demo_field(seed).pixels for seed in (1, 2, 3, 4)]
    return np.vstack([np.hstack(fields[:2]), np.hstack(fields[2:])])


def pyramid(path: Path, pixels: Pixels) -> Path:
    """A BigTIFF as slide scanners write it: tiles, compressed, with two smaller levels."""
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for level in (1, 4, 16):
            part = np.ascontiguousarray(pixels[::level, ::level])
            per_cm = 1e4 / (UM_PER_PX * level)
            writer.write(
                part, tile=(256, 256), compression="deflate", photometric="rgb", subfiletype=int(level > 1),
                resolution=(per_cm, per_cm), resolutionunit="CENTIMETER",
            )  # fmt: skip
    return path


def test_a_tiled_pyramid_gives_the_same_cells_in_tiles_as_in_one_piece(
    stitched: Pixels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = FileSource(pyramid(tmp_path / "stitched.tif", stitched))
    whole = prepare(source, View.FIELD)
    assert whole.frame is not None and whole.frame.um_per_px == pytest.approx(UM_PER_PX)
    assert np.array_equal(whole.frame.pixels, stitched)
    monkeypatch.setattr(leukocytes, "TILE", 500)
    tiled = prepare(source, View.FIELD)
    assert tiled.error is None
    assert len(tiled.cell_images) == len(whole.cell_images) >= 24
    for a, b in zip(tiled.cell_images, whole.cell_images, strict=True):
        assert a.center == pytest.approx(b.center, abs=4)


def peak(pixels: Pixels) -> int:
    """Most bytes that searching for cells takes at once."""
    tracemalloc.start()
    try:
        leukocytes.find_leukocytes(pixels, UM_PER_PX)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_four_times_the_area_takes_no_more_memory_to_search(stitched: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leukocytes, "TILE", 300)
    quarter = np.ascontiguousarray(stitched[: stitched.shape[0] // 2, : stitched.shape[1] // 2])
    assert peak(stitched) < 1.5 * peak(quarter)


def test_each_page_of_a_stack_is_an_image_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "stack.tif"
    fields = [demo_field(seed).pixels for seed in (1, 2)]
    with tifffile.TiffWriter(path) as writer:
        for field in fields:
            writer.write(field, photometric="rgb", compression="deflate", metadata=None)
    sources = tuple(file_sources([path, path.with_name("other.png")]))
    assert [Path(one.name).name for one in sources] == ["stack.tif#page=1", "stack.tif#page=2", "other.png"]
    assert tuple(source_named(one.name) for one in sources) == sources
    for source, field in zip(sources[:2], fields, strict=True):
        prepared = prepare(source, View.FIELD)
        assert prepared.frame is not None and len(prepared.cell_images) == 8
        assert np.array_equal(prepared.frame.pixels, field)
        assert prepared.frame.sha256 == hashlib.sha256(source.image_bytes()).hexdigest(), (
            "what is kept is what was judged"
        )
    assert prepare(sources[2], View.FIELD).error is not None
