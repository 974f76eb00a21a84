"""Where cells lie apart: found between heaps, rolls and empty glass, and nowhere else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from leukoscope.domain.cells import Box
from leukoscope.domain.errors import CancelledError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.progress import CancelToken
from leukoscope.imaging.monolayer import BLOCK_UM, MOST_REGIONS, ReadScaled, find_monolayers, measure

from .smear_zones import UM_PER_PX, zone

SIDE = round(4 * BLOCK_UM / UM_PER_PX)
KINDS = ("thick", "rouleaux", "monolayer", "empty")
GLASS = np.array([232, 228, 224], np.float32)


@pytest.fixture(scope="module")
def zones() -> dict[str, Pixels]:
    return {kind: zone(kind, SIDE, SIDE) for kind in KINDS}


def reader(pixels: Pixels) -> ReadScaled:
    def read(box: Box, downsample: float) -> Pixels:
        part = pixels[box.y : box.y + box.height, box.x : box.x + box.width]
        size = max(round(box.width / downsample), 1), max(round(box.height / downsample), 1)
        return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)

    return read


@pytest.mark.parametrize("kind", KINDS)
def test_each_part_of_a_smear_is_told(kind: str, zones: dict[str, Pixels]) -> None:
    pixels = zones[kind]
    looks = [
        measure(pixels[y : y + 320, x : x + 320], UM_PER_PX, GLASS)
        for y in range(0, SIDE - 320, 512)
        for x in range(0, SIDE - 320, 512)
    ]
    assert [look.is_monolayer for look in looks] == [kind == "monolayer"] * len(looks)


@pytest.mark.parametrize("order", [KINDS, KINDS[::-1], ("monolayer", "thick", "empty", "rouleaux")])
def test_the_region_proposed_is_all_of_the_monolayer_and_nothing_else(
    order: tuple[str, ...], zones: dict[str, Pixels]
) -> None:
    pixels = np.concatenate([zones[kind] for kind in order], axis=1)
    seen: list[tuple[int, int]] = []
    found = find_monolayers(
        reader(pixels), Box(0, 0, pixels.shape[1], SIDE), UM_PER_PX, on_progress=lambda *now: seen.append(now)
    )
    assert [one.region for one in found] == [Box(order.index("monolayer") * SIDE, 0, SIDE, SIDE)]
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_regions_lie_apart_and_are_few(zones: dict[str, Pixels]) -> None:
    row = np.concatenate([zones["monolayer"][:, : SIDE // 4], zones["thick"][:, : SIDE // 4]] * 6, axis=1)
    found = find_monolayers(reader(row), Box(0, 0, row.shape[1], SIDE), UM_PER_PX)
    assert len(found) == MOST_REGIONS
    assert len({one.region.x for one in found}) == MOST_REGIONS
    assert all(one.region.width == SIDE // 4 for one in found)


@pytest.mark.parametrize("kind", ["thick", "empty", "rouleaux"])
def test_where_cells_lie_apart_nowhere_nothing_is_proposed(kind: str, zones: dict[str, Pixels]) -> None:
    assert find_monolayers(reader(zones[kind]), Box(0, 0, SIDE, SIDE), UM_PER_PX) == ()


def test_white_around_what_was_scanned_is_not_taken_for_glass(zones: dict[str, Pixels]) -> None:
    canvas = np.full((2 * SIDE, 2 * SIDE, 3), 255, np.uint8)
    canvas[:SIDE, :SIDE] = zones["monolayer"]
    found = find_monolayers(reader(canvas), Box(0, 0, 2 * SIDE, 2 * SIDE), UM_PER_PX)
    assert [one.region for one in found] == [Box(0, 0, SIDE, SIDE)]


def test_it_stops_when_told(zones: dict[str, Pixels]) -> None:
    cancel = CancelToken()
    with pytest.raises(CancelledError):
        find_monolayers(
            reader(zones["monolayer"]), Box(0, 0, SIDE, SIDE), UM_PER_PX,
            on_progress=lambda _done, _total: cancel.cancel(), cancel=cancel,
        )  # fmt: skip
