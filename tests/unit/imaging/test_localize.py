"""Finding leukocytes: in drawn fields whose truth is known, and in real ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.cells import CellFlag, View
from leukoscope.domain.frames import Frame
from leukoscope.imaging import leukocytes
from leukoscope.imaging.cutouts import is_on_black
from leukoscope.imaging.localize import localize, recognize_view
from leukoscope.imaging.scale import field_um_per_px, measure_red_cells
from leukoscope.sources.demo import demo_cells, demo_field
from leukoscope.sources.files import read_frame
from leukoscope.sources.smear import LYMPHOBLAST, Density, leukocyte, red_cell
from tests.benchmarks.bench_localize import score_bccd, score_context
from tests.unit.imaging.conftest import frame_of
from tests.unit.imaging.smudges import smudge


def add(density: Density, patch: Density, x: int, y: int) -> None:
    """Draw a patch around a place; what lies outside is cut off."""
    side, (height, width) = patch.shape[0], density.shape[:2]
    padded = np.zeros((height + 2 * side, width + 2 * side, 3), np.float32)
    top, left = y + side - side // 2, x + side - side // 2
    padded[top : top + side, left : left + side] = patch
    density += padded[side : side + height, side : side + width]


def drawn(places: list[tuple[int, int]], *, width: int = 640, height: int = 480, reds: bool = True) -> Frame:
    """Lymphoblasts of 12 µm at the places given, red cells in the lower part, 0.1 µm for a pixel, not calibrated."""
    rng = np.random.default_rng(7)
    density = np.zeros((height, width, 3), np.float32)
    cells = [(leukocyte(rng, LYMPHOBLAST, 10, 12.0)[0], place) for place in places]
    if reds:
        cells += [(red_cell(rng, 10), (x, y)) for x in range(50, width, 100) for y in range(height - 140, height, 90)]
    for patch, (x, y) in cells:
        add(density, patch, x, y)
    light = np.array([232, 228, 224]) * 10.0**-density + rng.normal(0, 1.2, density.shape)
    return frame_of(np.clip(light, 0, 255).astype(np.uint8))


def test_views_are_recognized(demo: Frame) -> None:
    assert recognize_view(demo) is View.FIELD
    assert all(recognize_view(cell) is View.CELL for cell in demo_cells(2))
    assert recognize_view(drawn([(180, 160)], width=360, height=320)) is View.CELL
    assert recognize_view(drawn([(90, 90)], width=360, height=320)) is View.FIELD
    assert recognize_view(drawn([(180, 160), (60, 60)], width=360, height=320)) is View.FIELD
    assert recognize_view(drawn([(200, 150)], width=400, height=300)) is View.FIELD, "a camera's 4:3"
    assert recognize_view(frame_of(np.zeros((200, 200, 3), np.uint8))) is View.CELL
    assert recognize_view(frame_of(np.full((200, 200, 3), 230, np.uint8))) is View.FIELD


def test_all_cells_of_the_demo_field_are_found_in_reading_order(demo: Frame) -> None:
    for frame in (demo, replace(demo, um_per_px=None)):
        cells = localize(frame, View.FIELD)
        assert len(cells) == 8
        assert not any(cell.flags for cell in cells)
        for cell in cells:
            assert cell.mask.shape == (cell.box.height, cell.box.width)
            assert cell.mask.any(axis=0).all() or cell.mask.mean() > 0.6
            assert cell.frame_sha256 == demo.sha256
        centers = [cell.box.center for cell in cells]
        assert all(b[1] > a[1] - 150 for a, b in pairwise(centers)), "never far back up"


@pytest.mark.parametrize("seed", [2, 5])
def test_other_demo_fields(seed: int) -> None:
    assert len(localize(demo_field(seed), View.FIELD)) == 8


@pytest.mark.parametrize("factor", [0.45, 0.7, 1.4])
def test_any_magnification_without_calibration(demo: Frame, factor: float) -> None:
    size = round(demo.width * factor), round(demo.height * factor)
    other = frame_of(np.asarray(cv2.resize(demo.pixels, size, interpolation=cv2.INTER_AREA), np.uint8))
    assert field_um_per_px(other) == pytest.approx(0.1 / factor, rel=0.15)
    found = localize(other, View.FIELD)
    assert len(found) == 8
    for cell, original in zip(found, localize(demo, View.FIELD), strict=True):
        assert cell.box.center == pytest.approx([c * factor for c in original.box.center], abs=12)


def test_touching_cells_are_parted() -> None:
    cells = localize(drawn([(150, 150), (268, 165), (480, 140)]), View.FIELD)
    assert len(cells) == 3
    assert cells[0].box.center[0] == pytest.approx(150, abs=12)
    assert cells[1].box.center[0] == pytest.approx(268, abs=12)


def test_cut_off_cells_are_flagged() -> None:
    cells = localize(drawn([(10, 120), (320, 150)]), View.FIELD)
    assert [CellFlag.AT_BORDER in cell.flags for cell in cells] == [True, False]
    assert cells[0].box.x == 0


def test_nothing_is_found_where_no_leukocyte_is() -> None:
    assert localize(drawn([]), View.FIELD) == ()
    for level in (0, 128, 230, 255):
        flat = frame_of(np.full((300, 400, 3), level, np.uint8))
        assert localize(flat, View.FIELD) == () == localize(flat, View.CELL)
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    assert localize(frame_of(noise), View.FIELD) == ()


def test_stain_precipitate_and_dirt_are_no_leukocytes(demo: Frame) -> None:
    pixels = demo.pixels.copy()
    rng = np.random.default_rng(4)
    for _ in range(150):
        place = int(rng.integers(0, demo.width)), int(rng.integers(0, demo.height))
        cv2.circle(pixels, place, int(rng.integers(2, 9)), (60, 20, 90), -1)
    cv2.line(pixels, (0, 700), (1279, 760), (40, 60, 40), 6)
    found = localize(frame_of(pixels, 0.1), View.FIELD)
    before = localize(demo, View.FIELD)
    for cell in before:
        nearest = min(np.hypot(*np.subtract(cell.box.center, other.box.center)) for other in found)
        assert nearest < 40, "no leukocyte is lost"
    assert len(found) == len(before)


def test_platelets_are_no_leukocytes(shared_data: Path) -> None:
    assert shared_data.is_dir()
    score = score_bccd(1, limit=60)
    assert score.platelets > 40
    assert score.platelets_taken <= 0.05 * score.platelets


def test_tiles_give_the_same_cells_as_one_piece(demo: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = localize(demo, View.FIELD)
    monkeypatch.setattr(leukocytes, "TILE", 250)
    tiled = localize(demo, View.FIELD)
    assert len(tiled) == len(whole) == 8
    for a, b in zip(tiled, whole, strict=True):
        assert (a.box.x, a.box.y, a.box.width, a.box.height) == pytest.approx(
            (b.box.x, b.box.y, b.box.width, b.box.height), abs=4
        )


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 200), (17, 5)])
def test_tiny_frames_do_no_harm(width: int, height: int) -> None:
    frame = frame_of(np.full((height, width, 3), (120, 40, 150), np.uint8))
    for view in View:
        assert len(localize(frame, view)) <= 1


def test_the_most_central_cell_of_a_context_frame() -> None:
    (cell,) = localize(drawn([(330, 250), (80, 80)], reds=False), View.CELL)
    assert cell.box.center == pytest.approx((330, 250), abs=10)


def test_on_black_everything_that_is_not_black_is_the_cell() -> None:
    frame = demo_cells(1)[0]
    (cell,) = localize(frame, View.CELL)
    rows, columns = np.nonzero(frame.pixels.any(axis=2))
    assert (cell.box.x, cell.box.y) == (columns.min(), rows.min())
    assert cell.mask.sum() == len(rows)


def test_on_black_after_jpeg() -> None:
    frame = demo_cells(1)[0]
    ok, data = cv2.imencode(".jpg", frame.pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert ok
    lossy = frame_of(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[:, :, ::-1])
    assert is_on_black(lossy.pixels)
    (cell,), (exact,) = localize(lossy, View.CELL), localize(frame, View.CELL)
    assert cell.box.width == pytest.approx(exact.box.width, abs=6)


def test_scale_from_red_cells(demo: Frame) -> None:
    seen = measure_red_cells(demo.pixels)
    assert seen is not None
    assert seen.diameter == pytest.approx(75, rel=0.12)
    assert seen.count >= 3
    assert measure_red_cells(np.full((300, 300, 3), 230, np.uint8)) is None
    assert field_um_per_px(demo) == 0.1, "the calibration comes first"


def test_real_fields(shared_data: Path) -> None:
    assert shared_data.is_dir()
    score = score_bccd(1, limit=30)
    assert score.matched >= 0.93 * score.marked
    assert score.matched >= 0.90 * score.found
    assert float(np.median(score.mask_ious)) > 0.85


def test_real_views_are_recognized(shared_data: Path) -> None:
    fields = [read_frame(file) for file in sorted((shared_data / "bccd/images").glob("*.jpg"))[::20]]
    contexts = [read_frame(file) for file in sorted((shared_data / "leukocytes_context").glob("*/*"))[::150]]
    assert [recognize_view(frame) for frame in fields] == [View.FIELD] * len(fields)
    assert [recognize_view(frame) for frame in contexts] == [View.CELL] * len(contexts)


def test_real_single_cells_in_context(shared_data: Path) -> None:
    assert shared_data.is_dir()
    good, _, total, _ = score_context(step=80)
    assert good >= 0.95 * total


def test_real_training_cells_are_recognized_whole(shared_data: Path) -> None:
    for file in sorted((shared_data / "cnmc_fold1/all").glob("*"))[::300]:
        frame = read_frame(file)
        assert recognize_view(frame) is View.CELL
        (cell,) = localize(frame, View.CELL)
        assert cell.mask.sum() >= frame.pixels.any(axis=2).sum()


@pytest.mark.parametrize("blur", [3.0, 8.0, 20.0])
def test_nothing_is_found_in_colored_noise(blur: float) -> None:
    """Noise of the size of cells has violet patches, but also some that are brighter than any glass."""
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(0, 1, (480, 640, 3)).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), blur)
        pixels = np.clip(160 + 45 * (noise - noise.mean()) / noise.std(), 0, 255).astype(np.uint8)
        assert localize(frame_of(pixels, 0.1), View.FIELD) == ()


@pytest.mark.parametrize("blur", [1.0, 3.0, 12.0])
def test_nothing_is_found_in_faint_colored_noise(blur: float) -> None:
    """Noise near the color of glass: blue that is brighter than glass is no stain."""
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(0, 1, (480, 640, 3)).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), blur)
        pixels = np.clip(220 + 15 * (noise - noise.mean()) / noise.std(), 0, 255).astype(np.uint8)
        assert localize(frame_of(pixels, 0.1), View.FIELD) == ()


def test_smudges_are_told_from_cells() -> None:
    """Smeared nuclei between lymphoblasts: what is found of them is flagged, no blast is. Pale ones are not found."""
    density = np.zeros((700, 1000, 3), np.float32)
    rng = np.random.default_rng(11)
    smeared, whole = [(170, 170), (500, 200), (830, 180)], [(170, 520), (500, 500), (830, 540)]
    for x, y in smeared:
        add(density, smudge(rng, 10), x, y)
    for x, y in whole:
        add(density, leukocyte(rng, LYMPHOBLAST, 10)[0], x, y)
    for x in range(60, 1000, 110):
        add(density, red_cell(rng, 10), x, 360)
    light = np.array([232, 228, 224]) * 10.0**-density + rng.normal(0, 1.2, density.shape)
    cells = localize(frame_of(np.clip(light, 0, 255).astype(np.uint8), 0.1), View.FIELD)
    flagged = [cell for cell in cells if CellFlag.SMUDGE in cell.flags]
    plain = [cell for cell in cells if not cell.flags]
    assert len(flagged) + len(plain) == len(cells)
    for found, places in ((flagged, smeared), (plain, whole)):
        for cell in found:
            assert min(np.hypot(*np.subtract(cell.box.center, place)) for place in places) < 60
    assert len(flagged) >= 2
    assert len(plain) == 3


def test_a_blurred_blast_is_no_smudge(shared_data: Path) -> None:
    """A round cell out of focus, whose cytoplasm has nearly the hue of its nucleus."""
    frame = replace(read_frame(shared_data / "bccd" / "images" / "BloodImage_00034.jpg"), estimated_um_per_px=0.0905)
    cells = localize(frame, View.FIELD)
    assert len(cells) == 2
    assert not any(CellFlag.SMUDGE in cell.flags for cell in cells)
    for blur in (2.0, 4.0, 6.0):
        field_of_blasts = drawn([(150, 150), (480, 140)])
        soft = np.asarray(cv2.GaussianBlur(field_of_blasts.pixels, (0, 0), blur), np.uint8)
        assert not any(CellFlag.SMUDGE in cell.flags for cell in localize(frame_of(soft, 0.1), View.FIELD))


def test_real_cells_are_no_smudges_and_few_are_taken_for_clumps(shared_data: Path) -> None:
    """At the scale that the fields agree on, as a case is judged."""
    files = sorted((shared_data / "bccd" / "images").glob("*.jpg"))[::9]
    cells = [
        cell
        for file in files
        for cell in localize(replace(read_frame(file), estimated_um_per_px=0.0905), View.FIELD)
        if CellFlag.AT_BORDER not in cell.flags
    ]
    assert len(cells) >= 30
    assert not any(CellFlag.SMUDGE in cell.flags for cell in cells)
    assert not any(CellFlag.CLUSTER in cell.flags for cell in cells)


def test_a_clump_is_parted_or_named() -> None:
    """Five cells that lie over one another: no single box around them without a word."""
    for places in ([(250, 200), (330, 190), (290, 265), (370, 260), (210, 270)], [(200, 200), (270, 200), (340, 200)]):
        cells = localize(drawn(places), View.FIELD)
        assert len(cells) > 1 or CellFlag.CLUSTER in cells[0].flags
    alone = localize(drawn([(150, 150), (480, 140)]), View.FIELD)
    assert len(alone) == 2
    assert not any(CellFlag.CLUSTER in cell.flags for cell in alone)
