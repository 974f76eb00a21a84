"""Tells a person who went to another window that what took long has ended."""

from __future__ import annotations

import time
from collections.abc import Callable

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.session import Session
from leukoscope.gui.widgets.desktop_notice import TaskbarProgress
from leukoscope.workflow.events import (
    CellsExported,
    CellsExportStep,
    ControlMeasured,
    ControlStep,
    Event,
    Exported,
    ExportProgress,
    Failed,
    ProfileTaught,
    QueueChanged,
    Stopped,
    TeachingStep,
)
from leukoscope.workflow.model_events import ImportStep, ModelImported

LONG_S = 15.0
"""Whoever waited less has hardly gone to another window."""
BEGINS: dict[type, str] = {
    ExportProgress: "export", TeachingStep: "site", CellsExportStep: "site", ControlStep: "control",
    ImportStep: "import",
}  # fmt: skip
"""What runs, by the name under which its failure and its stop are told."""


class AttentionController(Controller):
    """Notices how long things take, and tells their end where it was long.

    Parameters
    ----------
    session
        What it works on.
    tell
        Tells a sentence outside the window, where that one is not in front.
    taskbar
        Shows how far the queue is.
    clock
        Seconds that only go forward.
    """

    def __init__(
        self,
        session: Session,
        tell: Callable[[str], None],
        taskbar: TaskbarProgress,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(session)
        self._tell, self._taskbar, self._clock = tell, taskbar, clock
        self._begun: dict[str, float] = {}
        self._bridge.happened.connect(self._heard)

    def _heard(self, event: Event) -> None:
        if isinstance(event, QueueChanged):
            self._queue(event)
        elif isinstance(event, Stopped):
            self._begun.pop(event.what, None)
        elif isinstance(event, Failed):
            self._ended(event.what, self.tr("Something could not be finished; the window says what."))
        elif (what := BEGINS.get(type(event))) is not None:
            self._begun.setdefault(what, self._clock())
        elif type(event) in (endings := self._endings()):
            self._ended(*endings[type(event)])

    def _endings(self) -> dict[type, tuple[str, str]]:
        """What has ended, with a sentence that names nobody: a notice of the desktop is seen by whoever passes."""
        return {
            Exported: ("export", self.tr("The files are written.")),
            ProfileTaught: ("site", self.tr("The program is taught; look at Quality.")),
            CellsExported: ("site", self.tr("The cells are written.")),
            ControlMeasured: ("control", self.tr("The control slide is measured.")),
            ModelImported: ("import", self.tr("The model is imported.")),
        }

    def _queue(self, event: QueueChanged) -> None:
        if event.progress is None:
            self._taskbar.clear()
            self._ended("queue", self.tr("All images are judged."))
        else:
            self._taskbar.show(event.progress.done, event.progress.total)
            self._begun.setdefault("queue", self._clock())

    def _ended(self, what: str, sentence: str) -> None:
        begun = self._begun.pop(what, None)
        if begun is not None and self._clock() - begun >= LONG_S:
            self._tell(sentence)
