"""A session without a window and without an engine: the bridge, the pages and the sheets are specified mocks.

What is real is what a controller's own decisions rest on: the open case, the undo stack, the navigation.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from leukoscope.domain.cases import Case, CaseFrame, CaseHeader, CaseState
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.people import Rules
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.chrome.name_bar import NameBar
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import FileDialogs, Navigation, Session
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.worklist.page import WorklistPage
from leukoscope.workflow.capture_service import CaptureService
from leukoscope.workflow.case_service import CaseService
from leukoscope.workflow.export_service import ExportService
from leukoscope.workflow.judging_service import JudgingService
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.settings_service import SettingsService
from leukoscope.workflow.signing import CaseSigning
from leukoscope.workflow.workbench import Workbench
from tests.gui.builders import case_cell, case_frame

NOW = datetime(2026, 4, 12, 9, 30, tzinfo=UTC)


class Signals(QObject):
    """The signals of a bridge, real ones."""

    happened = Signal(object)
    opened = Signal()
    failed = Signal(str)
    write_failed = Signal(str, object)
    refused = Signal()
    settled = Signal()
    locked = Signal(str)


@dataclass
class Call:
    """What was asked of the bridge and is not answered yet."""

    kind: str
    work: Callable[[Any], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[str], None] | None


SERVICES = {
    "settings": SettingsService, "operator": OperatorSession, "signing": CaseSigning, "cases": CaseService,
    "capture": CaptureService, "judging": JudgingService, "exports": ExportService,
}  # fmt: skip


class Stage:
    """One session, and everything that a test looks at.

    Parameters
    ----------
    case
        The case that is open; ``None`` for none.
    page
        The page that is shown.
    """

    def __init__(self, case: Case | None = None, page: str = "review") -> None:
        self.signals, self.waiting = Signals(), deque[Call]()
        self.bench = MagicMock(spec=Workbench)
        for name, kind in SERVICES.items():
            setattr(self.bench, name, MagicMock(spec=kind))
        self.bench.settings.current = Settings(tour_seen=True)
        self.bench.operator.needs_name, self.bench.operator.name = False, "A. Weber"
        self.bench.operator.is_open, self.bench.operator.why_not.return_value = True, ""
        self.bench.operator.rules, self.bench.operator.person = Rules(), None
        self.bridge = self._bridge()
        self.messages, self.files = MagicMock(spec=MessageBar), MagicMock(spec=FileDialogs)
        self.signals.failed.connect(self.messages.warn)
        self.case = OpenCase(self.bridge)
        self.stack = QUndoStack()
        self.session = Session(self.bridge, self.case, self.stack, self.messages, Navigation(page), self.files)
        self.bar = MagicMock(spec=NameBar)
        self.bar.isVisible.return_value = False
        self.decisions = DecisionController(self.session, self.bar)
        self.review, self.worklist = MagicMock(spec=ReviewPage), MagicMock(spec=WorklistPage)
        self.worklist.current = self.review.frame = self.review.cell = None
        if case is not None:
            self.open(case)

    def _bridge(self) -> MagicMock:
        bridge = MagicMock(spec=Bridge)
        bridge.bench, bridge.is_open, bridge.unsaved = self.bench, True, 0
        for name in ("happened", "opened", "failed", "write_failed", "refused", "settled", "locked"):
            setattr(bridge, name, getattr(self.signals, name))

        def line_up(kind: str) -> Callable[..., None]:
            def call(work: Any, done: Any = None, *, failed: Any = None, **_more: object) -> None:
                self.waiting.append(Call(kind, work, done, failed))

            return call

        for kind in ("read", "write", "read_in_pool"):
            getattr(bridge, kind).side_effect = line_up(kind)
        return bridge

    # What the workbench does ------------------------------------------------------------------------------------

    def answer(self) -> None:
        """Answer everything that was asked, in its order, as the bridge would."""
        while self.waiting:
            call = self.waiting.popleft()
            try:
                answer = call.work(self.bench)
            except LeukoScopeError as error:
                (call.failed or self.signals.failed.emit)(error.message)
            else:
                if call.done is not None:
                    call.done(answer)

    def open(self, case: Case) -> None:
        """Show a case."""
        self.bench.cases.load.side_effect, self.bench.cases.load.return_value = None, case
        self.case.open(case.id)
        self.answer()
        self.review.frame = case.frames[0] if case.frames else None
        self.review.cell = case.frames[0].cells[0] if case.frames and case.frames[0].cells else None

    @property
    def warned(self) -> str:
        """What was said to have gone wrong last; empty when nothing was."""
        return str(self.messages.warn.call_args.args[0]) if self.messages.warn.called else ""

    @property
    def told(self) -> str:
        """What was told last; empty when nothing was."""
        return str(self.messages.tell.call_args.args[0]) if self.messages.tell.called else ""

    @property
    def writes(self) -> int:
        """How many changes wait for the workbench."""
        return sum(1 for call in self.waiting if call.kind == "write")


def a_case(case_id: int = 7, number: str = "A-1", state: CaseState = CaseState.OPEN) -> Case:
    """A case with one field of two cells; the ids begin with ten times the case's own."""
    frame = case_frame(
        case_id * 10,
        case_cell(case_id * 10 + 1, 0.9, 0.9, frame_id=case_id * 10),
        case_cell(case_id * 10 + 2, 0.1, 0.1, frame_id=case_id * 10),
    )
    return Case(case_id, CaseHeader(number, "Doe, Jane", "Blood", "MGG", "A. Weber"), state, NOW, NOW, (frame,))


def shown_frame(stage: Stage) -> CaseFrame:
    """The image that the review page shows."""
    frame: CaseFrame = stage.review.frame
    return frame


def somewhere(name: str = "x.png") -> Path:
    """A file that a dialog could give."""
    return Path("/somewhere") / name
