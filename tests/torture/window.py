"""Cases by the thousand in the real window, off-screen: memory, handles and threads stay where they are."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil

from tests.torture.home import prepare
from tests.torture.one import snapshots, tell
from tests.torture.tally import Tally, Until

WARM = 60
"""So many cases are shown before anything is measured: fonts, pictures and caches fill up."""
FEWEST = WARM + 40
STORED = 20
MORE_MB_PER_1000, MORE_HANDLES, MORE_THREADS = 40.0, 8, 4
PATIENCE_S = 120.0


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """In a process of its own: it is measured."""
    told = json.dumps({"seconds": until.seconds, "most": most})
    words = [sys.executable, "-W", "ignore", "-m", "tests.torture.window", told]
    yield from snapshots(words, QT_QPA_PLATFORM="offscreen")


def inside(until: Until, most: int | None) -> Iterator[Tally]:
    """Show case after case, label a cell, go on."""
    from PySide6.QtWidgets import QApplication

    from leukoscope.cases.store import CaseStore
    from leukoscope.gui import theme
    from leukoscope.gui.bridge import Bridge
    from leukoscope.workflow.settings import load_settings, save_settings
    from leukoscope.workflow.workbench import Workbench
    from tests.gui.opened import opened_window
    from tests.gui.stored import stored_case

    tally = Tally("window", "cases shown, memory, handles and threads flat")
    app = QApplication(["torture"])
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        root = prepare(Path(name) / "root")
        home = root.enter()
        save_settings(replace(load_settings(home.config), tour_seen=True, window={"demo": "made"}), home.config)
        store = CaseStore(home.cases)
        cases = [stored_case(store, f"W-{number}", 3, 2) for number in range(STORED)]
        store.close()
        # No engine: windows are what is tried.
        setattr(Workbench, "start", lambda _self: None)  # noqa: B010
        theme.install(app, "dark")
        bridge = Bridge(home)
        window = opened_window(bridge)
        usable: list[bool] = []
        window.usable.connect(lambda *_: usable.append(True))
        bridge.open()
        window.show()
        _until(lambda: bool(usable))
        marks: list[tuple[float, int, int]] = []
        while len(marks) < FEWEST or not (until.is_over or len(marks) == most):
            case_id = cases[len(marks) % STORED]
            window.commands.open_case(case_id)
            _until(lambda case_id=case_id: window.case.id == case_id)
            tally.count(None)
            marks.append(_marks())
            yield tally
        grown = _grown(marks)
        if grown:
            tally.spoil(grown)
        first, last = marks[WARM], marks[-1]
        tally.note = (
            f"{first[0]:.0f} -> {last[0]:.0f} MB, {first[1]} -> {last[1]} handles, {first[2]} -> {last[2]} threads"
        )
        bridge.close(abandon=True)
        window.close()
    yield tally


def _until(holds: Callable[[], bool]) -> None:
    from PySide6.QtCore import QCoreApplication, QEventLoop

    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the window does not show it")
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)


def _marks() -> tuple[float, int, int]:
    me = psutil.Process()
    return me.memory_info().rss / 1e6, me.num_fds(), me.num_threads()


def _grown(marks: list[tuple[float, int, int]]) -> str:
    """What grew between the halves of what was measured; empty when nothing did."""
    measured = marks[WARM:]
    half = len(measured) // 2
    before, after = measured[:half], measured[half:]
    memory = _middle([one[0] for one in after]) - _middle([one[0] for one in before])
    per_1000 = memory * 1000 / max(half, 1)
    # Few cases tell little: what the allocator takes in steps is not growth.
    if memory > 8 and per_1000 > MORE_MB_PER_1000:
        return f"memory grows by {per_1000:.0f} MB in 1,000 cases"
    for place, name, more in ((1, "handles", MORE_HANDLES), (2, "threads", MORE_THREADS)):
        grew = _middle([one[place] for one in after]) - _middle([one[place] for one in before])
        if grew > more:
            return f"{grew:.0f} more {name}"
    return ""


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    tell(inside(Until(asked["seconds"]), asked["most"]))
    os._exit(0)
