"""The live camera: picture rate, window's lateness, live judgement, memory: ``python -m tests.benchmarks live``.

On the demo smear, 1280x1024, in the real window with the shipped models.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

RATE_SECONDS, JUDGED_SECONDS, TAKES = 10.0, 15.0, 5
FRAMES_FLAT = 600
"""Memory is watched over so many pictures."""
TICK_S = 0.005


def resident_mb() -> float:
    """Resident memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Loop:
    """Turns the event loop and notes how late each turn was."""

    def __init__(self) -> None:
        from PySide6.QtWidgets import QApplication

        self._app = QApplication.instance()
        self.late: list[float] = []

    def turn(self) -> None:
        """One turn: what is due, then a short rest so that other threads get on."""
        start = time.perf_counter()
        self._app.processEvents()
        self.late.append(1e3 * (time.perf_counter() - start))
        time.sleep(TICK_S)

    def until(self, there: Callable[[], bool], seconds: float) -> bool:
        """Turn until something is there or the time is over; whether it is."""
        end = time.perf_counter() + seconds
        while not there() and time.perf_counter() < end:
            self.turn()
        return there()

    def p99(self) -> float:
        """Longest block of the event loop but one in a hundred, in ms; begins anew."""
        value = float(np.percentile(self.late, 99)) if self.late else 0.0
        self.late.clear()
        return value


def main(_arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        from leukoscope.gui import theme
        from leukoscope.gui.bridge import Bridge
        from leukoscope.workflow.app_dirs import AppDirs
        from leukoscope.workflow.settings import Settings, save_settings
        from tests.gui.opened import opened_window

        os.environ["LEUKOSCOPE_HOME"] = os.environ.get("LEUKOSCOPE_BENCH_HOME", folder)
        home = AppDirs.of_user()
        save_settings(Settings(tour_seen=True, window={"demo": "made"}), home.config)
        theme.install(app, "dark")
        bridge = Bridge(home)
        window = opened_window(bridge)
        usable: list[bool] = []
        window.usable.connect(lambda: usable.append(True))
        bridge.open()
        window.show()
        loop = Loop()
        loop.until(lambda: bool(usable), 60)
        try:
            _measure(window, loop)
        finally:
            window.close()


def _measure(window: object, loop: Loop) -> None:
    live = window.live  # type: ignore[attr-defined]
    window.show_page("live")  # type: ignore[attr-defined]
    live.start("demo:1")
    loop.until(lambda: live.canvas.has_image, 20)
    loop.late.clear()
    first, start = live.frames_shown, time.perf_counter()
    loop.until(lambda: False, RATE_SECONDS)
    rate = (live.frames_shown - first) / (time.perf_counter() - start)
    print(f"{'pictures a second, 1280x1024':<44} {rate:.1f}  (wanted 30)")
    print(f"{'event loop blocked, p99':<44} {loop.p99():.0f} ms  (wanted 50)")
    live.judging.switch(True)
    # The first time the models are compiled.
    loop.until(lambda: live.judging.fields > 3, 400)
    loop.late.clear()
    fields, cells, judged = live.judging.fields, [], []
    first, start = live.frames_shown, time.perf_counter()
    seen = fields
    while time.perf_counter() - start < JUDGED_SECONDS:
        loop.turn()
        if live.judging.fields > seen and live.judging.field is not None:
            seen = live.judging.fields
            cells.append(live.judging.field.found)
            judged.append(live.judging.field.judged)
    seconds = time.perf_counter() - start
    print(f"{'live judgement, fields a second':<44} {(live.judging.fields - fields) / seconds:.1f}  (wanted 5)")
    print(f"{'cells in a field, mean; judged anew, mean':<44} {np.mean(cells):.1f}; {np.mean(judged):.1f}")
    print(f"{'pictures a second meanwhile':<44} {(live.frames_shown - first) / seconds:.1f}")
    print(f"{'event loop blocked meanwhile, p99':<44} {loop.p99():.0f} ms  (wanted 50)")
    live.judging.switch(False)
    _takes(window, live, loop)
    before, first = resident_mb(), live.frames_shown
    loop.until(lambda: live.frames_shown - first >= FRAMES_FLAT, 120)
    print(f"{f'memory over {FRAMES_FLAT} pictures':<44} {before:.0f} to {resident_mb():.0f} MB")


def _takes(window: object, live: object, loop: Loop) -> None:
    case = window.case  # type: ignore[attr-defined]
    waits = []
    for _ in range(TAKES + 1):
        count, start = len(case.frames), time.perf_counter()
        live.take_frame()  # type: ignore[attr-defined]
        if loop.until(lambda count=count: len(case.frames) > count, 60):  # type: ignore[misc]
            waits.append(1e3 * (time.perf_counter() - start))
    # The first take makes the case.
    print(f"{'take to findings, median of 5':<44} {np.median(waits[1:]):.0f} ms  (wanted 700)")


if __name__ == "__main__":
    main()
