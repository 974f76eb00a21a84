"""What is done goes to the case that is seen, or to none: loads that fail or take long, and dialogs meanwhile."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import Case, CaseState, Signature
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.objectives import Objective, ScaleWay
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.capture_service import CaptureService
from leukoscope.workflow.case_service import CaseService
from leukoscope.workflow.export import formats
from leukoscope.workflow.workbench import Workbench
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.gui.stored import stored_case
from tests.gui.test_window import drop

GONE = "The case database does not answer; check the network and that its server runs."


class Two(NamedTuple):
    """A window on case B, with case A beside it."""

    window: MainWindow
    a: int
    b: int


@pytest.fixture
def two(open_quiet: OpenWindow, kept: CaseStore, qtbot: QtBot) -> Two:
    a, b = stored_case(kept, "A-1", 2), stored_case(kept, "B-2", 3)
    window = open_quiet()
    window.commands.open_case(b)
    qtbot.waitUntil(lambda: window.review.canvas.has_image, timeout=PATIENCE_MS)
    return Two(window, a, b)


def show(window: MainWindow, case_id: int, qtbot: QtBot) -> None:
    window.case.open(case_id)
    qtbot.waitUntil(lambda: window.case.id == case_id, timeout=PATIENCE_MS)


class Slow:
    """Loads that wait until the test lets them go on, or fail."""

    def __init__(self, bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on, self.fails = threading.Event(), False
        load = bench.cases.load

        def slow(case_id: int) -> Case:
            assert self.go_on.wait(60)
            if self.fails:
                raise StoreError(GONE)
            return load(case_id)

        monkeypatch.setattr(bench.cases, "load", slow)


@pytest.fixture
def slow(two: Two, monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(two.window.bridge.bench, monkeypatch)


def test_a_load_that_fails_leaves_the_shown_case_as_it_was(two: Two, slow: Slow, qtbot: QtBot) -> None:
    window, a, b = two
    slow.fails = True
    slow.go_on.set()
    frame, cell = window.review.frame, window.review.cell
    window.commands.open_case(a)
    qtbot.waitUntil(lambda: window.message.text == GONE, timeout=PATIENCE_MS)
    case = window.case
    assert case.case is not None and (case.id, case.wanted, case.case.id, case.cell_count) == (b, b, b, 3)
    assert window.case_bar._number.text() == "Case B-2"
    assert "B-2" in window.windowTitle()
    assert window.review.frame is frame and window.review.cell is cell
    for name in ("sign", "mark_reviewed", "export_pdf", "zoom_in", "remove_cell", "next_image"):
        assert window.actions_by_id[name].isEnabled(), name
    window.actions_by_id["sign"].trigger()
    assert window.operator.sign_sheet.case.text() == "Case B-2"


def test_the_first_case_that_cannot_be_read_leaves_none_and_images_begin_a_new_one(
    open_quiet: OpenWindow, kept: CaseStore, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    case_id = stored_case(kept, "A-1", 2)
    window = open_quiet()

    def fails(_self: object, _case_id: int) -> Case:
        raise StoreError(GONE)

    monkeypatch.setattr(CaseService, "load", fails)
    window.commands.open_case(case_id)
    qtbot.waitUntil(lambda: window.message.text == GONE, timeout=PATIENCE_MS)
    assert window.case.id is None and window.case.wanted is None
    assert not window.actions_by_id["sign"].isEnabled()


def test_while_another_case_is_on_its_way_nothing_is_changed_signed_or_sent(
    two: Two, slow: Slow, kept: CaseStore, tmp_path: Path, qtbot: QtBot
) -> None:
    window, a, b = two
    cell = next(window.case.cells)
    window.commands.open_case(a)
    assert window.case.is_leaving
    window.commands.label(cell.id, Label.LEUKEMIC)
    window.commands.remove_image()
    window.cell_editing.remove()
    window.cell_editing.begin()
    window.operator.sign()
    window.operator.amend()
    window.operator.mark_reviewed()
    window.exporting.export_to(formats.TABLE, tmp_path / "cells.csv")
    window.importing.add_paths((tmp_path,))
    assert "being opened" in window.message.text
    assert not window.operator.sign_sheet.isVisible() and not window.cell_editing.box_tool.on
    assert window.undo_stack.count() == 0 and window.export_queue.running is None and window.bridge.unsaved == 0
    for name in ("sign", "export_pdf", "send_hl7", "label_healthy", "remove_image", "add_cell"):
        assert not window.actions_by_id[name].isEnabled(), name
    slow.go_on.set()
    qtbot.waitUntil(lambda: window.case.id == a, timeout=PATIENCE_MS)
    assert window.case_bar._number.text() == "Case A-1"
    assert {kept.load(one).state for one in (a, b)} == {CaseState.OPEN}
    assert all(one.decision is None for one in kept.load(b).cells)


def test_a_signature_is_for_the_case_it_was_asked_for_or_for_none(two: Two, kept: CaseStore, qtbot: QtBot) -> None:
    window, a, b = two
    window.operator.sign()
    show(window, a, qtbot)
    window.operator.sign_sheet.take()
    assert not window.operator.sign_sheet.isVisible() and "B-2" in window.message.text
    qtbot.waitUntil(lambda: window.bridge.unsaved == 0, timeout=PATIENCE_MS)
    assert {kept.load(one).state for one in (a, b)} == {CaseState.OPEN}


def test_an_amendment_is_for_the_case_it_was_asked_for_or_for_none(two: Two, kept: CaseStore, qtbot: QtBot) -> None:
    window, a, b = two
    for one in (a, b):
        signature = Signature("Dr. Ana", "Reviewed", datetime.now(UTC))
        kept.signing.sign(one, signature, b"%PDF-1.7 kept", kept.load(one).version)
    window.case.open(b)
    qtbot.waitUntil(lambda: window.case.case.state is CaseState.SIGNED, timeout=PATIENCE_MS)  # type: ignore[union-attr]
    window.operator.amend()
    show(window, a, qtbot)
    window.operator.amend_sheet.reason.setPlainText("Wrong patient")
    window.operator.amend_sheet.take()
    qtbot.waitUntil(lambda: window.bridge.unsaved == 0, timeout=PATIENCE_MS)
    assert {kept.load(one).state for one in (a, b)} == {CaseState.SIGNED}


def test_a_file_holds_the_case_that_was_seen_before_its_name_was_asked(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window, a, _ = two

    def chosen(*_args: object) -> tuple[str, str]:
        show(window, a, qtbot)
        return str(tmp_path / "cells.csv"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
    with qtbot.waitSignal(window.export_queue.exported, timeout=PATIENCE_MS):
        window.actions_by_id["export_csv"].trigger()
    lines = (tmp_path / "cells.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 4, "the three cells of B-2, not the two of A-1"


def _added_to(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []
    monkeypatch.setattr(CaptureService, "add_paths", lambda _self, case_id, _paths: found.append(case_id))
    monkeypatch.setattr(CaptureService, "add_pixels", lambda _self, case_id, *_a, **_k: found.append(case_id))
    return found


def test_images_go_to_the_case_that_was_seen_before_they_were_chosen(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window, a, b = two
    found = _added_to(monkeypatch)

    def chosen(*_args: object) -> tuple[list[str], str]:
        show(window, a, qtbot)
        return [str(tmp_path / "field.png")], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", chosen)
    window.importing.open_images()
    show(window, b, qtbot)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: chosen(*args)[0][0])
    window.importing.open_folder()
    qtbot.waitUntil(lambda: window.bridge.unsaved == 0, timeout=PATIENCE_MS)
    assert found == [b, b]


def test_dropped_images_go_where_the_hint_said(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window, a, b = two
    found, mime = _added_to(monkeypatch), QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    drop(window, mime, meanwhile=lambda: show(window, a, qtbot))
    qtbot.waitUntil(lambda: window.bridge.unsaved == 0, timeout=PATIENCE_MS)
    assert found == [b]


def test_images_chosen_before_any_case_was_there_begin_one_of_their_own(
    open_quiet: OpenWindow, kept: CaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    other = stored_case(kept, "A-1", 1)
    window, found = open_quiet(), _added_to(monkeypatch)

    def chosen(*_args: object) -> tuple[list[str], str]:
        show(window, other, qtbot)
        return [str(tmp_path / "field.png")], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", chosen)
    window.importing.open_images()
    qtbot.waitUntil(lambda: bool(found), timeout=PATIENCE_MS)
    assert found != [other] and window.case.wanted == found[0]


def test_a_scale_chosen_for_one_case_is_not_set_on_another(two: Two, kept: CaseStore, qtbot: QtBot) -> None:
    window, a, _ = two
    window.calibration.begin()
    show(window, a, qtbot)
    window.calibration.keep(Objective("100x", 0.5, ScaleWay.MEASURED), also_case=True)
    assert window.undo_stack.count() == 0 and "Another case" in window.message.text
    assert window.bridge.bench.settings.current.objective == "100x"


def test_a_box_drawn_for_one_case_is_not_put_into_another(two: Two, kept: CaseStore, qtbot: QtBot) -> None:
    from leukoscope.domain.cells import Box

    window, a, _ = two
    window.cell_editing.begin()
    assert window.cell_editing.box_tool.on
    show(window, a, qtbot)
    window.cell_editing._drawn(Box(5, 5, 50, 50))
    assert not window.cell_editing.judging and not window.cell_editing.box_tool.on and window.bridge.unsaved == 0


def test_undo_changes_the_case_it_was_done_in(two: Two, kept: CaseStore, qtbot: QtBot) -> None:
    window, a, b = two
    cell = next(window.case.cells)
    window.commands.label(cell.id, Label.LEUKEMIC)
    show(window, a, qtbot)
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: window.bridge.unsaved == 0, timeout=PATIENCE_MS)
    assert all(one.decision is None for one in kept.load(b).cells)
    assert all(one.decision is None for one in kept.load(a).cells)
    assert window.case.id == a


def test_a_label_given_while_the_case_is_read_again_stays_in_sight(two: Two, slow: Slow, qtbot: QtBot) -> None:
    window, _, b = two
    window.case.open(b)
    cell = next(window.case.cells)
    window.commands.label(cell.id, Label.LEUKEMIC)
    loaded: list[bool] = []
    window.case.loaded.connect(lambda: loaded.append(True))
    slow.go_on.set()
    qtbot.waitUntil(lambda: bool(loaded) and window.bridge.unsaved == 0, timeout=PATIENCE_MS)
    now = window.case.cell(cell.id)
    assert now is not None and now.label is Label.LEUKEMIC


def test_after_a_case_could_not_be_begun_the_next_images_are_taken(
    open_quiet: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window, found = open_quiet(), _added_to(monkeypatch)
    begin = CaseService.create

    def fails(_self: object) -> int:
        raise StoreError(GONE)

    monkeypatch.setattr(CaseService, "create", fails)
    window.importing.add_paths((tmp_path / "one.png",))
    qtbot.waitUntil(lambda: window.message.text == GONE, timeout=PATIENCE_MS)
    monkeypatch.setattr(CaseService, "create", begin)
    window.importing.add_paths((tmp_path / "two.png",))
    qtbot.waitUntil(lambda: len(found) == 1, timeout=PATIENCE_MS)
    monkeypatch.setattr(CaseService, "create", fails)
    window.case.close_case()
    window.message.hide()
    window.importing.add_paths((tmp_path / "three.png",))
    qtbot.waitUntil(lambda: window.message.text == GONE, timeout=PATIENCE_MS)
    monkeypatch.setattr(CaseService, "create", begin)
    window.message._action.click()
    qtbot.waitUntil(lambda: len(found) == 2, timeout=PATIENCE_MS)


def test_a_picture_of_the_camera_that_was_refused_is_offered_again(
    two: Two, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    import numpy as np

    window, _, b = two

    def fails(_self: object, *_args: object, **_kwargs: object) -> None:
        raise StoreError(GONE)

    monkeypatch.setattr(CaptureService, "add_pixels", fails)
    origin = FrameOrigin(OriginKind.CAMERA, "Camera 10:00:00")
    window.importing.add_taken(np.zeros((8, 8, 3), np.uint8), origin, None)
    qtbot.waitUntil(lambda: window.message.text == GONE, timeout=PATIENCE_MS)
    found = _added_to(monkeypatch)
    window.message._action.click()
    qtbot.waitUntil(lambda: found == [b], timeout=PATIENCE_MS)
