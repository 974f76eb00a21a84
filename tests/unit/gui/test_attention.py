"""What takes long tells its end to a person who went to another window, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukoscope.domain.progress import Progress
from leukoscope.gui.controllers.attention import LONG_S, AttentionController
from leukoscope.workflow.events import Event, Exported, ExportProgress, Failed, QueueChanged, Stopped
from tests.unit.gui.harness import Stage

RUNNING = Progress(1, 4, None, 0)
QUEUE, EMPTY = QueueChanged(3, Progress(1, 4, None, 0)), QueueChanged(None, None)
EXPORT = ExportProgress(RUNNING)


class Taskbar:
    """Remembers what it was asked to show."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, int]] = []

    def show(self, done: int, total: int) -> None:
        """So much is done."""
        self.shown.append((done, total))

    def clear(self) -> None:
        """Nothing runs."""
        self.shown.clear()


class Desk:
    """A controller with its clock, and what it told."""

    def __init__(self) -> None:
        self.now, self.told, self.taskbar = 0.0, list[str](), Taskbar()
        self.stage = Stage()
        self.controller = AttentionController(self.stage.session, self.told.append, self.taskbar, lambda: self.now)

    def happens(self, *events: Event, seconds: float = 0.0) -> None:
        """Time goes on, then this happens."""
        self.now += seconds
        for event in events:
            self.stage.signals.happened.emit(event)


@pytest.fixture
def desk(qapp: object) -> Desk:
    """A fresh one."""
    return Desk()


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (QUEUE, EMPTY, "All images are judged."),
        (EXPORT, Exported(Path("/tmp/Doe, Jane.pdf")), "The files are written."),
        (EXPORT, Failed("export", "The disk is full."), "Something could not be finished; the window says what."),
    ],
)
def test_the_end_of_what_took_long_is_told_once_and_names_nobody(
    desk: Desk, begin: Event, end: Event, words: str
) -> None:
    desk.happens(begin)
    desk.happens(begin, seconds=LONG_S)
    desk.happens(end)
    desk.happens(end, seconds=100)
    assert desk.told == [words]


@pytest.mark.parametrize("end", [EMPTY, Exported(Path("a.pdf")), Failed("export", "The disk is full.")])
def test_the_end_of_what_was_quick_is_not_told(desk: Desk, end: Event) -> None:
    desk.happens(QUEUE, EXPORT)
    desk.happens(end, seconds=LONG_S - 1)
    assert not desk.told


def test_what_a_person_stopped_is_not_told_nor_counted_for_the_next(desk: Desk) -> None:
    desk.happens(EXPORT)
    desk.happens(Stopped("export"), seconds=60)
    desk.happens(EXPORT)
    desk.happens(Exported(Path("a.pdf")), seconds=1)
    assert not desk.told


def test_the_taskbar_shows_how_far_the_queue_is_and_nothing_afterwards(desk: Desk) -> None:
    desk.happens(QUEUE)
    assert desk.taskbar.shown == [(1, 4)]
    desk.happens(EMPTY)
    assert desk.taskbar.shown == []
