"""Panning over a slide of a gigapixel on the real view: ``python -m tests.benchmarks.bench_pan [SECONDS]``.

The mouse moves 60 times a second at 1200 pixels a second, at three zooms; a timer of 4 ms beats beside it. Printed is
how long the event loop did not beat at most, the processor's time of this process for a second of panning, and how much
of what is seen was there, at the detail of the screen and at any.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from leukoscope.gui.slides.view import SlideView

SIZE = 1280, 800
BEAT_MS, MOVE_MS, PX_PER_S = 4, 16, 1200.0
ZOOMS = (1.0, 0.3, 0.1)


@dataclass
class Beats:
    """How the event loop kept its time.

    Parameters
    ----------
    gaps
        Between two beats, in seconds.
    sharp, there
        Of each move, the part of the pieces in sight that were there at the screen's detail, and at any.
    cpu_s, seconds
        Processor's time of this process, and of the clock.
    """

    gaps: list[float] = field(default_factory=list)
    sharp: list[float] = field(default_factory=list)
    there: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    seconds: float = 0.0

    def dropped(self, longer_s: float = 0.05) -> int:
        """How many gaps were longer."""
        return sum(gap > longer_s for gap in self.gaps)


def _mouse(view: SlideView, kind: QMouseEvent.Type, at: QPointF) -> None:
    buttons = Qt.MouseButton.NoButton if kind is QMouseEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
    button = Qt.MouseButton.NoButton if kind is QMouseEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    place = QPointF(view.mapToGlobal(at))
    QApplication.sendEvent(view, QMouseEvent(kind, at, place, button, buttons, Qt.KeyboardModifier.NoModifier))


def _look(view: SlideView, beats: Beats) -> None:
    tiles, keys = view._tiles, view._keys()
    assert tiles is not None
    beats.sharp.append(sum(key in tiles._images for key in keys) / max(len(keys), 1))
    there = 0
    for key in keys:
        one = key
        while one not in tiles._images and one.halvings < tiles.most_halvings:
            one = one.above
        there += one in tiles._images
    beats.there.append(there / max(len(keys), 1))


def pan(view: SlideView, seconds: float) -> Beats:
    """Drag the slide for so long, and listen to the event loop.

    Parameters
    ----------
    view
        Shows a slide.
    seconds
        How long.
    """
    beats, last, start = Beats(), [time.perf_counter()], time.perf_counter()
    loop, beat, move = QEventLoop(), QTimer(), QTimer()
    left, right, y = 100.0, view.width() - 100.0, view.height() / 2
    held = [right]
    _mouse(view, QMouseEvent.Type.MouseButtonPress, QPointF(right, y))

    def beaten() -> None:
        now = time.perf_counter()
        beats.gaps.append(now - last[0])
        last[0] = now

    def moved() -> None:
        if time.perf_counter() - start > seconds:
            loop.quit()
            return
        held[0] -= PX_PER_S * MOVE_MS / 1000
        if held[0] < left:
            _mouse(view, QMouseEvent.Type.MouseButtonRelease, QPointF(left, y))
            held[0] = right
            _mouse(view, QMouseEvent.Type.MouseButtonPress, QPointF(right, y))
        _mouse(view, QMouseEvent.Type.MouseMove, QPointF(held[0], y))
        _look(view, beats)

    for timer, what, every in ((beat, beaten, BEAT_MS), (move, moved, MOVE_MS)):
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(what)
        timer.start(every)
    before, last[0] = time.process_time(), time.perf_counter()
    loop.exec()
    beats.cpu_s, beats.seconds = time.process_time() - before, time.perf_counter() - start
    for timer in (beat, move):
        timer.stop()
    _mouse(view, QMouseEvent.Type.MouseButtonRelease, QPointF(held[0], y))
    return beats


def wait(done: Any, what: str) -> None:
    """Let the window live until something is so."""
    end = time.monotonic() + 120
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(what)
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def main(seconds: float = 5.0) -> None:
    """Print the figures of three zooms."""
    from tests.unit.workflow.test_gigapixel import PATTERN, write_gigapixel

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["LEUKOSCOPE_SHIPPED_MODELS"] = os.devnull
    from leukoscope.domain.cells import Box
    from leukoscope.gui import theme
    from leukoscope.gui.bridge import Bridge
    from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.settings import Settings, save_settings
    from tests.gui.opened import opened_window

    application = QApplication([])
    theme.install(application, "dark")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        home = AppDirs(place / "data", place / "cache", place / "config", place / "logs")
        home.config.mkdir()
        save_settings(Settings(tour_seen=True, window={"demo": "made"}), home.config)
        drawn = demo_field(8, PATTERN, PATTERN, leukocytes=60, kinds=HEALTHY_BLOOD).pixels
        path = write_gigapixel(place / "gigapixel.tif", drawn)
        bridge = Bridge(home)
        window = opened_window(bridge)
        bridge.open()
        window.resize(*SIZE)
        window.show()
        wait(lambda: bridge.is_open, "the workbench")
        window.importing.add_paths((path,))
        view = window.slides.sheet.view
        wait(lambda: view._tiles is not None and view._tiles.image is not None and view.isVisible(), "the slide")
        for zoom in ZOOMS:
            view.look_at(Box(16_000, 16_000, round(0.7 * view.width() / zoom), round(0.7 * view.height() / zoom)))
            wait(lambda: not view._tiles._wanted and not view._tiles._under_way, "the first pieces")
            beats = pan(view, seconds)
            print(f"zoom {view.zoom:.2f}: longest gap {max(beats.gaps) * 1e3:.0f} ms, longer than 50 ms: ", end="")
            print(
                f"{beats.dropped()} of {len(beats.gaps)}; processor {beats.cpu_s / beats.seconds:.2f} s a second; ",
                end="",
            )
            part = sum(beats.sharp) / len(beats.sharp), sum(beats.there) / len(beats.there)
            print(f"seen sharp {part[0]:.0%}, seen at all {part[1]:.0%}")
        window.close()


if __name__ == "__main__":
    main(*(float(one) for one in sys.argv[1:2]))
