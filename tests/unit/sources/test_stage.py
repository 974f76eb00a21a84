"""Where an image was taken, as the files of microscopes say it."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from leukoscope.domain.stage import StagePosition
from leukoscope.sources.files import read_frame
from leukoscope.sources.pages import page_numbers, read_page
from leukoscope.sources.stage import MICRO_MANAGER, one_place

PIXELS = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
CENTIMETER = "CENTIMETER"
PER_CM = 100_000
"""Pixels in a centimeter at 0.1 µm/px."""


def stage_of(path: Path) -> StagePosition | None:
    return read_frame(path).origin.stage


def ome(path: Path, **plane: object) -> Path:
    metadata = {"axes": "YXS", "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1, "Plane": {k: [v] for k, v in plane.items()}}
    tifffile.imwrite(path, PIXELS, ome=True, photometric="rgb", metadata=metadata)
    return path


@pytest.mark.parametrize(
    ("x", "y", "unit", "expected"),
    [
        (1234.5, -20.25, "µm", StagePosition(1234.5, -20.25)),
        (1.5, 2.0, "mm", StagePosition(1500.0, 2000.0)),
        (0.0, 0.0, "µm", StagePosition(0.0, 0.0)),
        (5.0, 6.0, "reference frame", None),
        ("nan", 2.0, "µm", None),
        ("inf", 2.0, "µm", None),
        (5e9, 2.0, "µm", None),
    ],
)
def test_ome_says_it_in_its_unit(
    tmp_path: Path, x: object, y: object, unit: str, expected: StagePosition | None
) -> None:
    path = ome(tmp_path / "a.ome.tif", PositionX=x, PositionY=y, PositionXUnit=unit, PositionYUnit=unit)
    assert stage_of(path) == expected


def test_ome_without_a_unit_means_one_of_its_own(tmp_path: Path) -> None:
    assert stage_of(ome(tmp_path / "a.ome.tif", PositionX=5.0, PositionY=6.0)) is None
    assert stage_of(ome(tmp_path / "b.ome.tif")) is None


def test_each_image_of_an_ome_file_has_its_own_place(tmp_path: Path) -> None:
    path = tmp_path / "several.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as tif:
        for number in range(3):
            stated = {"PositionX": 100.0 * number, "PositionXUnit": "µm", "PositionY": 7.0, "PositionYUnit": "µm"}
            plane = {name: [value] for name, value in stated.items()}
            tif.write(np.roll(PIXELS, number), photometric="rgb", metadata={"axes": "YXS", "Plane": plane})
    found = [read_page(path, number).stage for number in page_numbers(path)]
    assert found == [StagePosition(100.0 * number, 7.0) for number in range(3)]


def test_planes_that_lie_apart_are_no_one_place(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    near, far = StagePosition(0.0, 0.0), StagePosition(50.0, 0.0)
    assert one_place([near, StagePosition(0.4, -0.3)]) == near and one_place([]) is None
    with caplog.at_level(logging.WARNING):
        assert one_place([near, far]) is None
    assert "several places" in caplog.text


def test_micro_manager_describes_each_page(tmp_path: Path) -> None:
    path = tmp_path / "mm.tif"
    stated = json.dumps({"XPositionUm": -812.5, "YPositionUm": 41.0, "Exposure-ms": 10}).encode()
    tifffile.imwrite(path, PIXELS, photometric="rgb", extratags=[(MICRO_MANAGER, 2, len(stated), stated, True)])
    assert stage_of(path) == StagePosition(-812.5, 41.0)


def test_imagej_keeps_what_micro_manager_said(tmp_path: Path) -> None:
    path = tmp_path / "ij.tif"
    info = json.dumps({"XPositionUm": 12.5, "YPositionUm": -3.0})
    tifffile.imwrite(path, PIXELS, imagej=True, metadata={"Info": info})
    assert stage_of(path) == StagePosition(12.5, -3.0)


def tagged(path: Path, resolution: int, unit: str = CENTIMETER) -> Path:
    """Tags of position: the left upper corner at 0.5 cm and 0.25 cm."""
    position: list[Any] = [(286, 5, 1, (1, 2), True), (287, 5, 1, (1, 4), True)]
    tifffile.imwrite(
        path, PIXELS, photometric="rgb", metadata=None, resolution=(resolution, resolution), resolutionunit=unit,
        extratags=position,
    )  # fmt: skip
    return path


def test_tags_have_the_corner_and_we_the_center(tmp_path: Path) -> None:
    found = stage_of(tagged(tmp_path / "tags.tif", PER_CM))
    assert found is not None
    assert (found.x_um, found.y_um) == pytest.approx((5000 + 60 * 0.1 / 2, 2500 + 40 * 0.1 / 2))


def test_tags_of_a_printed_page_are_no_place_under_a_microscope(tmp_path: Path) -> None:
    assert stage_of(tagged(tmp_path / "print.tif", 118)) is None
    assert stage_of(tagged(tmp_path / "none.tif", PER_CM, "NONE")) is None


def test_other_files_say_nothing(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "plain.tif", PIXELS, photometric="rgb")
    assert stage_of(tmp_path / "plain.tif") is None
