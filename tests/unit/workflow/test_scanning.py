"""Scans with Micro-Manager's own demonstration microscope, driven for real: stage and focus move its beads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from leukoscope.cli.main import main
from leukoscope.domain.errors import CameraError, CancelledError
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.stage import StagePosition
from leukoscope.imaging.live import live_figures
from leukoscope.imaging.overlaps import find_overlap, look_at
from leukoscope.sources.cameras.camera import Camera, SettingName
from leukoscope.sources.cameras.catalog import open_camera
from leukoscope.sources.cameras.micromanager_camera import MicroManagerCamera
from leukoscope.sources.cameras.micromanager_motors import MicroManagerMotors
from leukoscope.sources.cameras.reader import CameraReader, Shot
from leukoscope.sources.files import read_frame
from leukoscope.sources.scan_plan import ScanShape, planned
from leukoscope.workflow.scanning import Scan, ScanOrder, ScanStep

PATIENCE_S = 60.0
FIELD_UM = 512.0
SCOPE = """
Device,DHub,DemoCamera,DHub
Device,Camera,DemoCamera,DCam
Device,XY,DemoCamera,DXYStage
Device,Z,DemoCamera,DStage
Property,Core,Initialize,1
Parent,Camera,DHub
Parent,XY,DHub
Parent,Z,DHub
Property,Camera,PixelType,8bit
Property,Camera,Mode,Fluorescent Beads
Property,Camera,BeadBrightness,1
Property,Core,Camera,Camera
Property,Core,XYStage,XY
Property,Core,Focus,Z
ConfigPixelSize,Res1,Camera,Binning,1
PixelSize_um,Res1,1.0
"""
"""Micro-Manager's own demonstration devices: the stage moves what the camera sees, the focus blurs it."""


class Blocked:
    """A core whose stage is at its end: it takes orders and stays where it is."""

    def __init__(self, core: Any) -> None:
        self._core = core

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def getXYPosition(self) -> tuple[float, float]:
        return 0.0, 0.0


class Scope:
    """A running microscope, and what its scans told."""

    def __init__(self, configuration: str) -> None:
        self.opened: list[MicroManagerCamera] = []
        self.reader = CameraReader(lambda: self._open(configuration))
        self.shots, self.steps = list[Shot](), list[ScanStep]()
        assert self.reader.wait(PATIENCE_S) is not None

    def _open(self, configuration: str) -> Camera:
        camera = open_camera(configuration)
        assert isinstance(camera, MicroManagerCamera)
        self.opened.append(camera)
        return camera

    def scan(self, order: ScanOrder, cancel: CancelToken | None = None) -> ScanStep:
        return Scan(self.reader, order, None, self.shots.append, self.steps.append, cancel).run()


@pytest.fixture
def scope(tmp_path: Path) -> Iterator[Scope]:
    path = tmp_path / "scope.cfg"
    path.write_text(SCOPE.lstrip())
    made = Scope(f"mm:{path}")
    yield made
    made.reader.close()


def test_plans_go_forth_and_back_or_outwards() -> None:
    here = StagePosition(1000.0, 500.0)
    rows = planned(5, ScanShape.ROWS, (100.0, 80.0), 0.2, here)
    assert [(one.x_um, one.y_um) for one in rows] == [
        (920, 468), (1000, 468), (1080, 468), (1080, 532), (1000, 532),
    ]  # fmt: skip
    spiral = planned(9, ScanShape.SPIRAL, (100.0, 80.0), 0.2, here)
    assert spiral[0] == here and len(set(spiral)) == 9
    assert max(abs(one.x_um - 1000) + abs(one.y_um - 500) for one in spiral[:5]) <= 80 + 64
    assert planned(1, ScanShape.ROWS, (100.0, 80.0), 0.2, here) == (here,)


def test_fields_lie_side_by_side_and_the_stage_comes_back(scope: Scope) -> None:
    done = scope.scan(ScanOrder(4, focus_every=0))
    assert (done.taken, done.fields, done.unfocused) == (4, 4, 0)
    places = [shot.stage for shot in scope.shots]
    step = 0.4 * FIELD_UM
    stood = [(one.x_um, one.y_um) for one in places if one]
    assert np.allclose(stood, [(-step, -step), (step, -step), (step, step), (-step, step)], atol=0.1)
    first, second = (look_at(shot.pixels) for shot in scope.shots[:2])
    overlap = find_overlap(first, second)
    assert overlap is not None and (overlap.dx, overlap.dy) == pytest.approx((2 * step, 0), abs=1.0)
    assert scope.opened[-1].motors is not None
    stands = scope.opened[-1].motors.position()
    assert (stands.x_um, stands.y_um) == pytest.approx((0, 0), abs=0.1)


def test_focus_is_found_at_each_nth_field(scope: Scope) -> None:
    core = scope.opened[-1]._core
    scope.reader.change(SettingName.EXPOSURE, 50.0)
    core.setPosition(6.5)
    core.waitForDevice(core.getFocusDevice())
    done = scope.scan(ScanOrder(3, focus_every=2, reach_um=20.0))
    assert done.taken == 3 and sum(step.is_focusing for step in scope.steps) == 2
    assert abs(core.getPosition()) <= 3.0, "the beads are sharpest at 0"
    sharp = [live_figures(shot.pixels).sharpness for shot in scope.shots]
    core.setPosition(6.5)
    core.waitForDevice(core.getFocusDevice())
    blurred = scope.reader.after(scope.shots[-1].number + 2, PATIENCE_S)
    assert blurred is not None and min(sharp) > 1.03 * live_figures(blurred.pixels).sharpness


def test_a_scan_that_is_cancelled_keeps_what_was_taken_and_comes_back(scope: Scope) -> None:
    cancel = CancelToken()

    def took(step: ScanStep) -> None:
        if step.taken == 2:
            cancel.cancel()

    with pytest.raises(CancelledError):
        Scan(scope.reader, ScanOrder(9, focus_every=0), None, scope.shots.append, took, cancel).run()
    assert len(scope.shots) == 2
    assert scope.opened[-1].motors is not None
    stands = scope.opened[-1].motors.position()
    assert (stands.x_um, stands.y_um) == pytest.approx((0, 0), abs=0.1)


def test_a_stage_that_stops_answering_is_one_sentence_and_pictures_go_on(scope: Scope) -> None:
    core = scope.opened[-1]._core

    def took(step: ScanStep) -> None:
        if step.taken == 2:
            core.unloadDevice(core.getXYStageDevice())

    with pytest.raises(CameraError, match="The stage does not answer; check its power") as raised:
        Scan(scope.reader, ScanOrder(9, focus_every=0), None, scope.shots.append, took).run()
    assert raised.value.message.count(".") == 1
    assert len(scope.shots) == 2, "what was taken stays"
    assert scope.reader.after(scope.shots[-1].number, PATIENCE_S) is not None, "the camera is still there"


def test_a_stage_at_its_end_no_stage_and_a_closed_camera_are_sentences(scope: Scope, tmp_path: Path) -> None:
    core = scope.opened[-1]._core
    with pytest.raises(CameraError, match="at its end or blocked"):
        MicroManagerMotors(cast(Any, Blocked(core))).move(StagePosition(900.0, 0.0))
    scope.reader.close()
    with pytest.raises(CameraError, match=r"was closed|no stage"):
        scope.scan(ScanOrder(4))
    bare = tmp_path / "bare.cfg"
    bare.write_text("Device,Camera,DemoCamera,DCam\nProperty,Core,Initialize,1\nProperty,Core,Camera,Camera\n")
    other = Scope(f"mm:{bare}")
    try:
        with pytest.raises(CameraError, match="no stage that can be moved"):
            other.scan(ScanOrder(4))
    finally:
        other.reader.close()
    with pytest.raises(CameraError, match="1 to 1000 fields"):
        ScanOrder(0).checked()


@pytest.mark.parametrize("source", ["mm:demo", "demo:1"])
def test_the_command_line_writes_fields_that_know_their_place(
    source: str, tmp_path: Path, data_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "scan"
    words = ["cameras", "scan", "--source", source, "--out", str(folder), "--fields", "3", "--shape", "spiral"]
    assert main([*words, "--focus-every", "0"]) == 0
    assert "3 fields written to" in capsys.readouterr().out
    files = sorted(folder.iterdir())
    frames = [read_frame(path) for path in files]
    assert len(frames) == 3
    stages = [frame.origin.stage for frame in frames]
    assert len({stage for stage in stages if stage is not None}) == 3
    assert stages[0] is not None and stages[1] is not None
    width_um = frames[0].width * (frames[0].um_per_px or 0)
    assert abs(stages[1].x_um - stages[0].x_um) == pytest.approx(0.8 * width_um, abs=0.5)
    assert main([*words, "--overlap", "95"]) == 1
    assert "overlap by 0 to 90 %" in capsys.readouterr().err
