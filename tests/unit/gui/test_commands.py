"""Every command of the window: done, refused by a store that fails or an engine that is lost, or given up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseState
from leukoscope.domain.cells import View
from leukoscope.domain.errors import EngineError, LeukoScopeError, StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.objectives import Objective, ScaleWay
from leukoscope.domain.waiting import Scale, WaitingImage, WaitState
from leukoscope.gui.chrome.case_bar import CaseBar
from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.controllers.audit_trail import AuditTrailController
from leukoscope.gui.controllers.calibration import CalibrationController
from leukoscope.gui.controllers.case_commands import CaseController
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.erasing import ErasingController
from leukoscope.gui.controllers.header_editing import HeaderController
from leukoscope.gui.controllers.importing import ImportController
from leukoscope.gui.controllers.judging_queue import JudgingQueueController
from leukoscope.gui.controllers.labeling import LabelingController
from leukoscope.gui.controllers.notifications import NotificationController
from leukoscope.gui.controllers.screen_lock import ScreenLockController
from leukoscope.gui.controllers.signing import SigningController
from leukoscope.gui.controllers.startup import StartupController
from leukoscope.gui.review.comment_field import CommentField
from leukoscope.gui.review.field_strip import FieldStrip
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.ruler import Ruler
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.review.thumbnails import Thumbnails
from leukoscope.gui.settings.page import SettingsPage
from leukoscope.gui.sheets.audit_sheet import AuditSheet
from leukoscope.gui.sheets.erase_sheet import EraseSheet
from leukoscope.gui.sheets.signing_sheets import AmendSheet, SignInSheet, SignSheet
from leukoscope.gui.widgets.header_form import HeaderForm
from leukoscope.gui.widgets.scale_form import ScaleForm
from leukoscope.workflow.events import CopyLeftOut
from tests.unit.gui.cell_tools import cell_changes, cell_editing, change_box, draw, split
from tests.unit.gui.harness import Stage, a_case, shown_frame, somewhere

TROUBLES = (
    StoreError("The disk is full; free some space, then try again."),
    EngineError("The engine has stopped; it starts again by itself."),
)
STOPPED = WaitingImage(3, 7, "field.png", None, View.FIELD, Scale(0.1), False, "ab" * 32, WaitState.STOPPED)
OBJECTIVE = Objective("100x", 0.5, ScaleWay.MEASURED)


def sheet_of(kind: type) -> MagicMock:
    sheet = MagicMock(spec=kind)
    sheet.isVisible.return_value = True
    return sheet


def case_commands(stage: Stage) -> CaseController:
    return CaseController(stage.session, stage.decisions, stage.worklist, stage.review, lambda: None)


def labeling(stage: Stage) -> LabelingController:
    gallery, pictures = MagicMock(spec=CellGallery), MagicMock(spec=Thumbnails)
    field = MagicMock(spec=CommentField)
    return LabelingController(stage.session, stage.decisions, stage.review, gallery, pictures, field)


def calibration(stage: Stage) -> CalibrationController:
    made = CalibrationController(
        stage.session, stage.decisions, stage.review, MagicMock(spec=ShownImage), MagicMock(spec=SettingsPage),
        MagicMock(spec=ScaleForm), MagicMock(spec=Ruler),
    )  # fmt: skip
    made.form.isVisible.return_value = False
    return made


def judging_queue(stage: Stage) -> JudgingQueueController:
    made = JudgingQueueController(
        stage.session, stage.decisions, stage.review, MagicMock(spec=FieldStrip), MagicMock(spec=FieldStrip)
    )
    made.images = (STOPPED,)
    return made


def signing(stage: Stage) -> SigningController:
    return SigningController(
        stage.session, stage.decisions, stage.review, sheet_of(SignSheet), sheet_of(AmendSheet), lambda: None,
        lambda _instrument, _code: None,
    )  # fmt: skip


def header_editing(stage: Stage) -> HeaderController:
    return HeaderController(stage.session, stage.decisions, stage.worklist, MagicMock(spec=CaseBar), (), {"review"})


def screen_lock(stage: Stage) -> ScreenLockController:
    sheet = sheet_of(SignInSheet)
    sheet.closed_to_all = True
    # As the real one does: a controller that stays locked goes on hearing the keys of the tests after this one.
    sheet.open.side_effect = lambda: setattr(sheet, "closed_to_all", False)
    return ScreenLockController(stage.session, sheet, ())


def notifications(stage: Stage) -> NotificationController:
    return NotificationController(stage.session, stage.review, MagicMock(spec=StatusLine))


def sign(made: Any) -> None:
    made.sign()
    made._sign("Dr. Ana", "Reviewed", "secret")


def amend(made: Any) -> None:
    made.amend()
    made._amend("Wrong patient")


def set_scale(made: Any) -> None:
    made.begin()
    made.keep(OBJECTIVE, True)


def take_copies(made: Any) -> None:
    made._heard(CopyLeftOut(7, 31, "b.png", "a.png"))
    made._add_copies()


def type_header(made: Any) -> None:
    form = MagicMock(spec=HeaderForm)
    form.base = a_case().header
    made.save(form, 7, a_case(number="A-2").header)


@dataclass(frozen=True)
class Command:
    """One thing that a person does, and the change that the workbench is asked for."""

    name: str
    make: Callable[[Stage], Any]
    do: Callable[[Any], None]
    changes: str
    state: CaseState = CaseState.OPEN
    says_on: str = ""
    """A sheet of the controller that says what is wrong; empty for the message bar."""


COMMANDS = (
    Command("new case", case_commands, lambda one: one.new_case(), "cases.create"),
    Command("put away", case_commands, lambda one: one.remove_case(), "cases.put_away"),
    Command("bring back", case_commands, lambda one: one.bring_back(9, "A-9"), "cases.bring_back"),
    Command("remove image", case_commands, lambda one: one.remove_image(), "cases.remove_frame"),
    Command("label", labeling, lambda one: one.label_chosen(Label.HEALTHY), "judging.decide"),
    Command("comment", labeling, lambda one: one.comment(one._review.cell.id, "Auer rod"), "judging.comment"),
    Command("draw a cell", cell_editing, draw, "judging.draw_cell"),
    Command("change a box", cell_changes, change_box, "judging.change_box"),
    Command("split a cell", cell_changes, split, "judging.split_cell"),
    Command("merge cells", cell_changes, lambda one: one.merge(), "judging.merge_cells"),
    Command("remove a cell", cell_editing, lambda one: one.remove(), "judging.remove_cell"),
    Command("set the scale", calibration, set_scale, "judging.set_scale"),
    Command("judge image again", judging_queue, lambda one: one.judge_image_again(), "judging.judge_again"),
    Command("judge case again", judging_queue, lambda one: one.judge_case_again(), "judging.judge_again"),
    Command("go on judging", judging_queue, lambda one: one.resume(), "judging.resume"),
    Command("remove stopped images", judging_queue, lambda one: one.remove(), "judging.remove_waiting"),
    Command("mark reviewed", signing, lambda one: one.mark_reviewed(), "signing.mark_reviewed"),
    Command("sign", signing, sign, "signing.sign", says_on="sign_sheet"),
    Command("amend", signing, amend, "signing.amend", CaseState.SIGNED, "amend_sheet"),
    Command(
        "erase",
        lambda stage: ErasingController(stage.session, stage.decisions, stage.worklist, sheet_of(EraseSheet)),
        lambda one: one._erase(7, "asked by the patient"),
        "cases.erase",
        says_on="erase_sheet",
    ),
    Command(
        "sign in", screen_lock, lambda one: one._sign_in("Ana", "secret"), "operator.sign_in", says_on="sign_in_sheet"
    ),
    Command(
        "export the trail",
        lambda stage: AuditTrailController(stage.session, sheet_of(AuditSheet)),
        lambda one: one.export_audit_to(somewhere("audit.csv")),
        "signing.export_audit",
    ),
    Command(
        "open images",
        lambda stage: ImportController(stage.session),
        lambda one: one.add_paths((somewhere(),)),
        "capture.add_paths",
    ),
    Command(
        "take a picture",
        lambda stage: ImportController(stage.session),
        lambda one: one.add_taken(np.zeros((4, 4, 3), np.uint8), FrameOrigin(OriginKind.CAMERA, "10:00"), 0.1),
        "capture.add_pixels",
    ),
    Command("stop judging", lambda stage: ImportController(stage.session), lambda one: one.cancel(), "judging.cancel"),
    Command("add copies anyway", notifications, take_copies, "capture.take_twice"),
    Command("write the header", header_editing, type_header, "cases.update_header"),
    Command(
        "demo case",
        lambda stage: StartupController(
            stage.session, MagicMock(spec=ImportController), MagicMock(spec=ScreenLockController), ()
        ),
        lambda one: one.first_start(),
        "cases.open_demo",
    ),
)


def part(bench: MagicMock, name: str) -> MagicMock:
    for step in name.split("."):
        bench = getattr(bench, step)
    return bench


@pytest.fixture
def stage(qtbot: QtBot, request: pytest.FixtureRequest) -> Stage:
    """A session on case A-1, in the state that the command needs."""
    return Stage(a_case(state=request.param if hasattr(request, "param") else CaseState.OPEN))


def begin(command: Command) -> tuple[Stage, Any]:
    stage = Stage(a_case(state=command.state))
    stage.bench.cases.create.return_value = stage.bench.cases.open_demo.return_value = 9
    made = command.make(stage)
    stage.answer()
    return stage, made


NAMES = [one.name for one in COMMANDS]


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_it_changes_what_is_kept_once(command: Command, qtbot: QtBot) -> None:
    stage, made = begin(command)
    command.do(made)
    assert stage.writes == 1
    stage.answer()
    part(stage.bench, command.changes).assert_called_once()
    assert not stage.messages.warn.called or command.name == "add copies anyway"


@pytest.mark.parametrize("trouble", TROUBLES, ids=["failing store", "lost engine"])
@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_what_was_not_done_is_said_in_its_place_and_can_be_done_again(
    command: Command, trouble: LeukoScopeError, qtbot: QtBot
) -> None:
    stage, made = begin(command)
    part(stage.bench, command.changes).side_effect = trouble
    command.do(made)
    shown, page = stage.case.id, stage.session.navigation.page
    stage.answer()
    said = getattr(made, command.says_on).say.call_args.args[0] if command.says_on else stage.warned
    assert said == trouble.message
    assert stage.case.id in {shown, 7} and stage.session.navigation.page == page
    assert stage.stack.count() == 0 or not stage.stack.canUndo() or stage.stack.command(0).isObsolete()
    part(stage.bench, command.changes).side_effect = None
    stage.review.cell = next(iter(stage.case.cells), None)
    command.do(made)
    stage.answer()
    assert part(stage.bench, command.changes).call_count == 2, "nothing is stuck after a failure"


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.name not in {
    "new case", "bring back", "erase", "sign in", "export the trail", "stop judging", "add copies anyway",
    "write the header", "demo case", "put away",
}], ids=lambda one: one.name)  # fmt: skip
def test_while_another_case_is_on_its_way_nothing_is_changed(command: Command, qtbot: QtBot) -> None:
    stage, made = begin(command)
    stage.case.open(8)
    command.do(made)
    assert stage.writes == 0


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_a_late_answer_leaves_the_case_that_is_open_by_then_alone(command: Command, qtbot: QtBot) -> None:
    stage, made = begin(command)
    command.do(made)
    waiting = [call for call in stage.waiting if call.kind == "write"]
    stage.waiting.clear()
    other = a_case(8, "B-2")
    stage.open(other)
    stage.session.navigation.show("settings")
    before = stage.case.case, tuple(stage.case.cells)
    stage.waiting.extend(waiting)
    asked_of = part(stage.bench, command.changes)
    if command.name in {"new case", "demo case"}:
        # A case that a person has asked for is opened, and shown, whenever it is there.
        stage.answer()
        return
    stage.answer()
    asked_of.assert_called_once()
    assert (stage.case.case, tuple(stage.case.cells)) == before
    ids = [one for one in asked_of.call_args.args if isinstance(one, int)]
    assert 8 not in ids, "it was done in the case that was seen"


def test_every_controller_that_changes_something_is_driven_here(qtbot: QtBot) -> None:
    from dataclasses import fields

    from leukoscope.gui.composition import Controllers

    driven = {type(command.make(Stage(a_case()))) for command in COMMANDS}
    assert all(issubclass(one, Controller) for one in driven)
    elsewhere = {
        "AttentionController", "CellExportController", "ClassKeysController", "ClosingController",
        "CommitmentController", "ControlChartController",
        "CountingController", "DecisionController", "DisplayController", "DragDropController", "ImageCopyController",
        "EncryptionController", "ExamplesController", "ExportController", "FaultReportController",
        "LabelReadingController", "LiveMapController", "MaintenanceController", "MeasuringController",
        "OrderImportController", "OrdersInController", "OverviewController",
        "RankingController", "RereadController", "ScanController", "SideBySideController", "SimilarController",
        "SiteProfileController", "SlideController", "StatedHeaderController", "StatedScaleController",
        "MosaicController", "TeachingController",
        "TimestampController", "TourController", "ViewController", "ViewStateController",
    }  # fmt: skip
    kinds = {field.type for field in fields(Controllers)}
    assert {one.__name__ for one in driven} | elsewhere == kinds


def test_the_image_that_is_removed_is_the_one_that_was_shown(stage: Stage) -> None:
    made, frame = case_commands(stage), shown_frame(stage)
    made.remove_image()
    stage.review.frame = None
    stage.answer()
    stage.bench.cases.remove_frame.assert_called_once_with(7, frame.id)
