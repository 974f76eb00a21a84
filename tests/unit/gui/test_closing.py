"""The window closes when everything is written, and stays when something is not."""

from __future__ import annotations

from unittest.mock import MagicMock

from leukoscope.gui.controllers.closing import ClosingController, Unfinished
from leukoscope.gui.controllers.view_state import HasPlacement, ViewStateController
from leukoscope.gui.export_queue import ExportQueue
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.inspector import Inspector
from leukoscope.gui.sheets.saving_sheet import SavingSheet
from leukoscope.gui.worklist.case_table import CaseTable
from leukoscope.workflow.cell_choice import Sort
from tests.unit.gui.harness import Stage


def closing(stage: Stage, unfinished: Unfinished | None = None) -> tuple[ClosingController, MagicMock]:
    export_queue = MagicMock(spec=ExportQueue)
    export_queue.asked = 0
    stage.bridge.is_closed = False
    return ClosingController(
        stage.session, MagicMock(spec=SavingSheet), export_queue, unfinished or Unfinished()
    ), export_queue


def test_what_is_typed_is_saved_before_the_window_closes(stage: Stage) -> None:
    saved: list[str] = []
    made, export_queue = closing(stage, Unfinished((lambda: saved.append("header"), lambda: saved.append("settings"))))
    assert made.may_close() and saved == ["header", "settings"]
    export_queue.stop_previews.assert_called_once()


def test_the_window_stays_while_a_decision_waits_for_a_name(stage: Stage) -> None:
    made, _ = closing(stage, Unfinished(refuses=lambda: True))
    assert not made.may_close()


def test_the_window_stays_when_a_write_fails_while_it_waits(stage: Stage) -> None:
    made, _ = closing(stage)
    stage.bridge.unsaved = 1

    def fails(_on: bool) -> None:
        # Called as the wait begins; the answer comes in the loop.
        from PySide6.QtCore import QTimer

        QTimer.singleShot(0, answer)

    def answer() -> None:
        stage.signals.write_failed.emit("The disk is full.", lambda: None)
        stage.bridge.unsaved = 0
        stage.signals.settled.emit()

    stage.bridge.hurry.side_effect = fails
    wanted: list[bool] = []
    made.close_wanted.connect(lambda: wanted.append(True))
    assert not made.may_close()
    assert "The disk is full." in stage.warned
    stage.messages.warn.call_args.args[2]()
    assert wanted


def test_nothing_is_remembered_before_the_list_was_there(stage: Stage) -> None:
    gallery = MagicMock(spec=CellGallery, sort_by=Sort.USEFUL)
    made = ViewStateController(
        stage.session, MagicMock(spec=HasPlacement), MagicMock(spec=CaseTable), MagicMock(spec=Inspector), gallery
    )
    made.remember()
    stage.bench.settings.remember.assert_not_called()
    stage.session.begun = True
    made.remember()
    assert stage.bench.settings.remember.call_args.kwargs["case"] == "7"
    assert stage.bench.settings.remember.call_args.kwargs["sort"] == "useful"
