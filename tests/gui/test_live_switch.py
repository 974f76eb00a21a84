"""Live judging is switched on and off while the engine has not answered yet."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.errors import EngineError
from leukoscope.gui.capture.live_judging import OLD_S, LiveJudging
from leukoscope.imaging.tracking import small_gray
from leukoscope.workflow.capture_service import CaptureService
from leukoscope.workflow.live_judgement import LiveField, LiveFrame
from tests.gui.conftest import PATIENCE_MS, OpenWindow


class Judgement:
    """Stands for what judges live pictures: remembers whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def offer(self, picture: LiveFrame) -> None:
        self.offered = picture


class Engine:
    """Gives a judgement when the test lets it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on, self.asked = threading.Event(), threading.Event()
        self.made: list[Judgement] = []

        def begin(_self: object, _on_field: object, _on_trouble: object) -> Judgement:
            self.asked.set()
            assert self.go_on.wait(60)
            self.made.append(Judgement())
            return self.made[-1]

        monkeypatch.setattr(CaptureService, "live_judgement", begin)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    return Engine(monkeypatch)


@pytest.fixture
def judging(open_quiet: OpenWindow, engine: Engine) -> LiveJudging:
    return open_quiet().live.judging


def test_switched_off_before_the_engine_answers_it_does_not_run(
    judging: LiveJudging, engine: Engine, qtbot: QtBot
) -> None:
    judging.switch(True)
    assert engine.asked.wait(60) and judging.on
    judging.switch(False)
    assert not judging.on
    engine.go_on.set()
    qtbot.waitUntil(lambda: bool(engine.made) and engine.made[0].closed, timeout=PATIENCE_MS)
    assert not judging.on and judging._judgement is None


def test_switched_on_again_meanwhile_one_runs(judging: LiveJudging, engine: Engine, qtbot: QtBot) -> None:
    judging.switch(True)
    assert engine.asked.wait(60)
    judging.switch(False)
    judging.switch(True)
    engine.go_on.set()
    qtbot.waitUntil(lambda: judging._judgement is not None and len(engine.made) == 2, timeout=PATIENCE_MS)
    assert sorted(one.closed for one in engine.made) == [False, True]
    assert judging._judgement is not None and not judging._judgement.closed  # type: ignore[attr-defined]
    judging.switch(False)
    assert all(one.closed for one in engine.made)


def test_counts_go_with_the_boxes_when_they_are_too_old(judging: LiveJudging, engine: Engine, qtbot: QtBot) -> None:
    engine.go_on.set()
    judging.switch(True)
    qtbot.waitUntil(lambda: judging._judgement is not None, timeout=PATIENCE_MS)
    said: list[str] = []
    judging.changed.connect(said.append)
    pixels = np.full((48, 64, 3), 200, np.uint8)
    judging._take(LiveField(LiveFrame(pixels, 10.0, 0.1), small_gray(pixels), (), 3, 0))
    judging.show(pixels, 10.0 + OLD_S / 2, 0.1)
    assert said == ["3 cells: 3 being judged"]
    for late in (1.1, 1.2, 1.3):
        judging.show(pixels, 10.0 + late * OLD_S, 0.1)
    assert said[1:] == ["Looking for cells …"]
    judging._take(LiveField(LiveFrame(pixels, 12.0, 0.1), small_gray(pixels), (), 3, 0))
    assert said[2:] == ["3 cells: 3 being judged"]
    judging.switch(False)


def test_waiting_for_the_engine_holds_up_no_label(judging: LiveJudging, engine: Engine, qtbot: QtBot) -> None:
    judging.switch(True)
    assert engine.asked.wait(60)
    made: list[int] = []
    judging._bridge.write(lambda bench: bench.cases.create(), made.append, failed=judging._bridge.failed.emit)
    qtbot.waitUntil(lambda: bool(made), timeout=PATIENCE_MS)
    engine.go_on.set()


def test_an_engine_that_fails_unticks_it(open_quiet: OpenWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    def fails(_self: object, _on_field: object, _on_trouble: object) -> None:
        raise EngineError("No model is installed; import one.")

    monkeypatch.setattr(CaptureService, "live_judgement", fails)
    panel, judging = (window := open_quiet()).live.panel, window.live.judging
    panel.judge.blockSignals(True)
    panel.judge.setChecked(True)
    panel.judge.blockSignals(False)
    judging.switch(True)
    qtbot.waitUntil(lambda: not panel.judge.isChecked(), timeout=PATIENCE_MS)
    assert not judging.on
