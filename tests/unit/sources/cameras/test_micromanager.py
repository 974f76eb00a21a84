"""Micro-Manager's own demonstration camera, driven for real."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from leukoscope.domain.errors import CameraError
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.cameras.camera import Camera, SettingName
from leukoscope.sources.cameras.catalog import describe, open_camera
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.micromanager_camera import MicroManagerCamera
from leukoscope.sources.cameras.reader import CameraReader

PATIENCE = 60.0


@pytest.fixture
def camera() -> Iterator[Camera]:
    opened = open_camera("mm:demo")
    yield opened
    opened.close()


def test_pictures_come_one_after_the_other(camera: Camera) -> None:
    info = describe("mm:demo")
    assert (info.kind, info.name) == (CameraKind.MICRO_MANAGER, "Micro-Manager demo")
    pictures = [camera.read() for _ in range(4)]
    assert all(one.shape == (512, 512, 3) and one.dtype == np.uint8 for one in pictures)
    assert max(float(np.abs(a.astype(int) - b).mean()) for a, b in pairwise(pictures)) > 0
    assert camera.um_per_px == 1.0


def scope(path: Path, **properties: str) -> str:
    """A configuration of the demonstration camera with these properties."""
    lines = ["Device,Camera,DemoCamera,DCam", "Property,Core,Initialize,1"]
    lines += [f"Property,Camera,{name},{value}" for name, value in properties.items()]
    path.write_text("\n".join([*lines, "Property,Core,Camera,Camera"]) + "\n")
    return f"mm:{path}"


@pytest.mark.parametrize("kind", ["32bitRGB", "64bitRGB"])
def test_pictures_in_color_keep_their_colors(tmp_path: Path, kind: str) -> None:
    """The pattern's first row of fields has a blue one in the middle."""
    camera = open_camera(scope(tmp_path / "color.cfg", PixelType=kind, Mode="Color Test Pattern"))
    try:
        picture = camera.read()
    finally:
        camera.close()
    assert picture.shape == (512, 512, 3)
    if kind == "64bitRGB":
        return  # The demonstration camera draws no pattern at this depth.
    red, green, blue = (int(value) for value in picture[10, 256])
    assert blue > 60 and max(red, green) < 10, picture[10, 256]


def test_a_deep_camera_is_as_bright_as_its_depth_says(tmp_path: Path) -> None:
    """The waves fill the same part of every depth: the same gray comes out, whatever the brightest sample is."""
    means = []
    for depth in ("10", "12", "16"):
        camera = open_camera(scope(tmp_path / f"deep{depth}.cfg", PixelType="16bit", BitDepth=depth))
        try:
            means += [float(camera.read().mean()) for _ in range(5)]
        finally:
            camera.close()
    assert max(means) - min(means) < 3 and min(means) > 5, means


def test_exposure_is_set_within_its_range(camera: Camera) -> None:
    (exposure,) = camera.settings()
    assert exposure.name is SettingName.EXPOSURE and exposure.unit == "ms"
    camera.change(SettingName.EXPOSURE, 25.0)
    assert camera.settings()[0].value == pytest.approx(25.0)
    camera.change(SettingName.EXPOSURE, 1e9)
    assert camera.settings()[0].value == pytest.approx(exposure.high)
    assert camera.read().shape == (512, 512, 3)


def test_a_reader_reads_it_and_closes() -> None:
    reader = CameraReader(lambda: open_camera("mm:demo"))
    try:
        shot = reader.wait(PATIENCE)
        assert shot is not None and shot.um_per_px == 1.0
    finally:
        reader.close()


def test_a_configuration_that_is_missing_or_broken_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="not there any more"):
        open_camera(f"mm:{tmp_path / 'gone.cfg'}")
    broken = tmp_path / "scope.cfg"
    broken.write_text("Device,Camera,NoSuchLibrary,NoSuchCamera\n")
    with pytest.raises(CameraError, match="“Micro-Manager, scope” cannot be opened"):
        open_camera(f"mm:{broken}")
    broken.write_text("# nothing\n")
    with pytest.raises(CameraError, match="names no camera"):
        open_camera(f"mm:{broken}")


def test_each_picture_knows_where_the_stage_stood(tmp_path: Path) -> None:
    camera = open_camera("mm:demo")
    try:
        assert isinstance(camera, MicroManagerCamera)
        camera.read()
        assert camera.stage == StagePosition(0.0, 0.0)
        core = camera._core
        core.setXYPosition(1250.0, -300.0)
        core.waitForDevice(core.getXYStageDevice())
        camera.read()
        stage = camera.stage
        assert stage is not None and (stage.x_um, stage.y_um) == pytest.approx((1250.0, -300.0), abs=1.0)
    finally:
        camera.close()
    bare = open_camera(scope(tmp_path / "bare.cfg"))
    try:
        bare.read()
        assert bare.stage is None
    finally:
        bare.close()
