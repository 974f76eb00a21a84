"""Dialogs that are cancelled, and names that nobody says: nothing is changed, and nothing is stuck."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseState
from leukoscope.domain.errors import AccessError, StoreError
from leukoscope.gui.chrome.drop_hint import DropHint
from leukoscope.gui.controllers.audit_trail import AuditTrailController
from leukoscope.gui.controllers.counting import CountingController
from leukoscope.gui.controllers.drag_drop import DragDropController
from leukoscope.gui.controllers.exporting import ExportController
from leukoscope.gui.controllers.fault_reports import FaultReportController
from leukoscope.gui.controllers.importing import DroppedContent, ImportController
from leukoscope.gui.controllers.order_import import OrderImportController
from leukoscope.gui.controllers.screen_lock import ScreenLockController
from leukoscope.gui.controllers.startup import StartupController
from leukoscope.gui.controllers.tour import TourController
from leukoscope.gui.export_queue import ExportQueue, ExportTask
from leukoscope.gui.quality.page import QualityPage
from leukoscope.gui.sheets.audit_sheet import AuditSheet
from leukoscope.gui.sheets.count_sheet import CountSheet
from leukoscope.gui.sheets.import_sheet import ImportSheet
from leukoscope.gui.sheets.signing_sheets import SignInSheet
from leukoscope.gui.widgets.tour import Tour
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.demo_case import DEMO_NUMBER
from tests.unit.gui.harness import Stage, a_case, somewhere
from tests.unit.gui.test_commands import COMMANDS, NAMES, Command, begin, part

FREE = {
    "new case", "go on judging", "sign", "erase", "sign in", "export the trail", "open images", "take a picture",
    "stop judging", "add copies anyway", "demo case",
}  # fmt: skip
"""What needs no name: it is no decision about a patient, or asks for a name itself."""


# A name that nobody says ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.name not in FREE], ids=lambda one: one.name)
def test_a_decision_waits_for_a_name_and_is_dropped_with_it(command: Command, qtbot: QtBot) -> None:
    stage, made = begin(command)
    stage.bench.operator.needs_name = True
    command.do(made)
    assert stage.bar.ask.called and stage.writes == 0
    stage.decisions.give_up()
    stage.answer()
    part(stage.bench, command.changes).assert_not_called()
    assert stage.decisions.waiting == 0 and "Nothing was changed" in stage.told


def test_a_name_that_is_refused_is_asked_again_and_the_decision_still_waits(stage: Stage) -> None:
    stage.bench.operator.needs_name = True
    done: list[bool] = []
    stage.decisions.decides(lambda: done.append(True))
    stage.bench.operator.say_name.side_effect = AccessError("Write a name of at most 120 letters.")
    stage.decisions._said("")
    stage.bar.say_wrong.assert_called_once()
    assert not done and stage.decisions.waiting == 1
    stage.bench.operator.say_name.side_effect = None
    stage.decisions._said("A. Weber")
    assert done and stage.decisions.waiting == 0


def test_the_names_of_the_commands_are_told_apart() -> None:
    assert set(NAMES) >= FREE and len(set(NAMES)) == len(NAMES)


# Dialogs -------------------------------------------------------------------------------------------------------


def out(stage: Stage) -> tuple[ExportController, MagicMock]:
    export_queue = MagicMock(spec=ExportQueue)
    made = ExportController(stage.session, export_queue)
    export_queue.reset_mock()
    return made, export_queue


@pytest.mark.parametrize(
    "action",
    ["export_pdf", "export_csv", "export_fhir", "export_hl7", "export_zip", "export_deidentified", "export_dicom"],
)
def test_an_export_that_is_cancelled_writes_nothing(stage: Stage, action: str) -> None:
    stage.files.save_file.return_value = stage.files.open_folder.return_value = None
    made, export_queue = out(stage)
    made.handlers()[action]()
    assert stage.files.save_file.called or stage.files.open_folder.called
    assert not export_queue.method_calls
    stage.bench.settings.remember.assert_not_called()


@pytest.mark.parametrize("action", ["export_pdf", "export_deidentified", "export_dicom"])
def test_an_export_is_of_the_case_that_was_seen_before_the_dialog(stage: Stage, action: str) -> None:
    def chosen(*_args: str) -> Path:
        stage.open(a_case(8, "B-2"))
        return somewhere("report")

    stage.files.save_file.side_effect = stage.files.open_folder.side_effect = chosen
    made, export_queue = out(stage)
    made.handlers()[action]()
    (call,) = export_queue.method_calls
    assert 7 in call.args


def test_a_message_goes_nowhere_while_nobody_has_said_where(stage: Stage) -> None:
    made, export_queue = out(stage)
    made.handlers()["send_hl7"]()
    export_queue.send.assert_not_called()
    assert "Nobody has set" in stage.told


def test_a_failed_preview_is_said_on_its_page_alone(stage: Stage) -> None:
    made, _ = out(stage)
    made.failed(ExportTask.PREVIEW, "no preview")
    assert not stage.messages.warn.called
    made.failed(ExportTask.FILE, "The disk is full.")
    assert stage.warned == "The disk is full."


@pytest.mark.parametrize("action", ["open_images", "open_folder"])
def test_images_that_are_not_chosen_begin_no_case(qtbot: QtBot, action: str) -> None:
    stage = Stage()
    stage.files.open_files.return_value, stage.files.open_folder.return_value = (), None
    ImportController(stage.session).handlers()[action]()
    assert not stage.waiting


def test_the_trail_and_a_fault_report_that_are_cancelled_write_nothing(stage: Stage, tmp_path: Path) -> None:
    stage.files.save_file.return_value = None
    AuditTrailController(stage.session, MagicMock(spec=AuditSheet))._export()
    home = AppDirs(*(4 * (tmp_path,)))
    FaultReportController(stage.session, home, lambda: "").ask_and_save()
    assert not stage.waiting and not list(tmp_path.iterdir()) and not stage.told


def test_a_fault_report_that_cannot_be_written_says_so(stage: Stage, tmp_path: Path) -> None:
    home = AppDirs(*(4 * (tmp_path,)))
    stage.bench.models = MagicMock()
    stage.bench.models.installed.return_value = ()
    FaultReportController(stage.session, home, lambda: "1 x 1").save(tmp_path / "no" / "folder" / "report.txt")
    assert "choose another folder" in stage.warned


# Images --------------------------------------------------------------------------------------------------------


def test_images_for_a_case_that_could_not_be_begun_are_offered_again_and_the_next_begin_anew(qtbot: QtBot) -> None:
    stage = Stage()
    made = ImportController(stage.session)
    stage.bench.cases.create.side_effect = StoreError("The disk is full.")
    made.add_paths((somewhere("1.png"),))
    made.add_paths((somewhere("2.png"),))
    assert stage.writes == 1, "both wait for the same new case"
    stage.answer()
    again = stage.messages.warn.call_args.args[2]
    stage.bench.cases.create.side_effect, stage.bench.cases.create.return_value = None, 9
    made.add_paths((somewhere("3.png"),))
    stage.answer()
    assert [call.args for call in stage.bench.capture.add_paths.call_args_list] == [(9, (somewhere("3.png"),))]
    stage.case.close_case()
    again()
    stage.answer()
    assert stage.bench.capture.add_paths.call_count == 3


def test_images_that_were_refused_are_offered_again_for_the_same_case(stage: Stage) -> None:
    made = ImportController(stage.session)
    stage.bench.capture.add_paths.side_effect = StoreError("The disk is full.")
    made.add_paths((somewhere(),))
    stage.answer()
    again = stage.messages.warn.call_args.args[2]
    stage.open(a_case(8, "B-2"))
    stage.bench.capture.add_paths.side_effect = None
    again()
    stage.answer()
    assert stage.bench.capture.add_paths.call_args.args == (7, (somewhere(),))


def dropped(path: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    return mime


def test_what_is_dropped_goes_where_the_hint_said_or_nowhere_when_it_is_dragged_out(stage: Stage) -> None:
    hint = MagicMock(spec=DropHint)
    adding = ImportController(stage.session)
    made = DragDropController(stage.session, adding, hint, MagicMock(spec=QualityPage), MagicMock(), MagicMock())
    mime = dropped(somewhere())
    entered, event = MagicMock(spec=QDragEnterEvent), MagicMock(spec=QDropEvent)
    entered.mimeData.return_value = event.mimeData.return_value = mime
    made.enter(entered)
    assert "A-1" in hint.enter.call_args.args[0]
    made.leave()
    assert not stage.waiting
    made.enter(entered)
    stage.open(a_case(8, "B-2"))
    made.drop(event)
    stage.answer()
    assert stage.bench.capture.add_paths.call_args.args[0] == 7


def test_images_never_join_the_demo_case_and_those_of_another_program_no_case_with_images(qtbot: QtBot) -> None:
    stage = Stage(a_case(7, DEMO_NUMBER))
    adding, hint = ImportController(stage.session), MagicMock(spec=DropHint)
    lock = MagicMock(spec=ScreenLockController)
    lock.when_open.side_effect = lambda take: take()
    started = StartupController(stage.session, adding, lock, ())
    stage.session.begun = True
    dragging = DragDropController(stage.session, adding, hint, MagicMock(spec=QualityPage), MagicMock(), MagicMock())
    event = MagicMock(spec=QDragEnterEvent)
    event.mimeData.return_value = dropped(somewhere())
    dragging.enter(event)
    assert "new case" in hint.enter.call_args.args[0]
    stage.bench.cases.create.side_effect = [8, 9]
    stage.bench.cases.load.side_effect = lambda case_id: a_case(case_id, f"B-{case_id}")
    adding.add_paths((somewhere("1.png"),))
    stage.answer()
    adding.add_paths((somewhere("2.png"),))
    stage.answer()
    stage.open(a_case(8, "B-2"))
    started.take_later((somewhere("3.png"),))
    stage.answer()
    stage.open(replace(a_case(9, "C-3"), frames=()))
    started.take_later((somewhere("4.png"),))
    stage.answer()
    went = [(call.args[0], call.args[1][0].name) for call in stage.bench.capture.add_paths.call_args_list]
    assert went == [(8, "1.png"), (8, "2.png"), (9, "3.png"), (9, "4.png")]


def test_a_model_that_is_dropped_is_no_image(stage: Stage) -> None:
    adding, given = ImportController(stage.session), []
    adding.model_given.connect(given.append)
    adding.take(DroppedContent((Path("m.keras"),)))
    assert given == [Path("m.keras")] and not stage.waiting and stage.session.navigation.page == "models"


# The window ----------------------------------------------------------------------------------------------------


def test_the_lock_hides_the_window_and_nothing_opens_it_but_the_right_password(stage: Stage) -> None:
    sheet, other = MagicMock(spec=SignInSheet), MagicMock(spec=AuditSheet)
    sheet.closed_to_all = False
    made, covered = ScreenLockController(stage.session, sheet, (other,)), []
    made.covered.connect(covered.append)
    stage.bench.operator.is_open = False
    later: list[bool] = []
    made.lock()
    made.when_open(lambda: later.append(True))
    other.leave.assert_called_once()
    stage.bench.operator.sign_in.side_effect = AccessError("Name or password is wrong.")
    made._sign_in("Ana", "no")
    stage.answer()
    assert covered == [True] and not later and sheet.say.call_args.args == ("Name or password is wrong.",)
    stage.bench.operator.sign_in.side_effect = None
    made._sign_in("Ana", "yes")
    stage.answer()
    assert covered == [True, False] and later == [True]


def test_a_case_of_last_time_is_not_opened_over_one_that_is_open_by_then(qtbot: QtBot) -> None:
    stage = Stage()
    stage.bench.settings.current = stage.bench.settings.current.__class__(window={"demo": "made", "case": "8"})
    made = StartupController(stage.session, MagicMock(spec=ImportController), MagicMock(spec=ScreenLockController), ())
    made.first_start()
    (asked,) = stage.waiting
    stage.waiting.clear()
    stage.open(a_case())
    stage.bench.cases.search.return_value = (a_case(8),)
    stage.waiting.append(asked)
    stage.answer()
    assert stage.case.id == 7


@pytest.mark.parametrize("elsewhere", [True, False])
def test_the_demo_case_does_not_take_somebody_away_from_what_they_began(elsewhere: bool) -> None:
    stage = Stage()
    stage.bench.settings.current = stage.bench.settings.current.__class__(window={})
    stage.bench.cases.open_demo.return_value = 8
    stage.session.navigation.show("settings" if elsewhere else "worklist")
    made = StartupController(stage.session, MagicMock(spec=ImportController), MagicMock(spec=ScreenLockController), ())
    made.first_start()
    stage.answer()
    assert stage.session.navigation.page == ("settings" if elsewhere else "review")
    assert (stage.case.wanted is None) == elsewhere


def test_a_tour_that_cannot_be_remembered_says_so_and_ends(stage: Stage) -> None:
    stage.bench.settings.current = stage.bench.settings.current.__class__(tour_seen=False)
    stage.bench.settings.save.side_effect = AccessError("You may not change settings.")
    tour = MagicMock(spec=Tour)
    made = TourController(stage.session, lambda: tour)
    made.start()
    made._left()
    assert stage.warned == "You may not change settings."


def test_counts_are_of_the_shown_case_and_image_and_not_compared_with_itself(stage: Stage) -> None:
    sheet = MagicMock(spec=CountSheet)
    made = CountingController(stage.session, stage.review, sheet)
    made.count()
    (counted,) = sheet.ask.call_args.args
    assert counted.header.number == "A-1" and len(counted.image) == 2
    stage.bench.cases.search.return_value = (a_case(7), a_case(8))
    made._offer_others()
    stage.answer()
    assert [one.id for one in sheet.set_others.call_args.args[0]] == [8]


def test_a_list_of_orders_that_changes_nothing_says_so(stage: Stage) -> None:
    report: Any = MagicMock(added=(), present=(), changed=(), cancelled=(), refused=(), notes=())
    OrderImportController(stage.session, stage.worklist, MagicMock(spec=ImportSheet))._tell(report)
    assert stage.told == "The list changes nothing here."


def test_a_signed_case_is_amended_and_not_changed(qtbot: QtBot) -> None:
    stage = Stage(a_case(state=CaseState.SIGNED))
    wanted: list[bool] = []
    stage.session.amend_wanted.connect(lambda: wanted.append(True))
    assert stage.session.refuses_changes()
    stage.messages.tell.call_args.args[2]()
    assert wanted
