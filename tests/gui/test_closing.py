"""Closing the window: what was done is written first, whatever holds the store, or the window says so and stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import Label
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.capture_service import CaptureService
from leukoscope.workflow.case_service import CaseService
from leukoscope.workflow.export import formats
from leukoscope.workflow.judging_service import JudgingService
from leukoscope.workflow.workbench import Workbench
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.gui.stored import stored_case

FULL = "The disk is full; free some space, then try again."


class Held:
    """An audit verification that takes as long as the test wants."""

    def __init__(self, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        seals = window.bridge.bench.signing
        verify = seals.verify_audit

        def slow() -> object:
            self.begun.set()
            assert self.go_on.wait(60)
            return verify()

        monkeypatch.setattr(seals, "verify_audit", slow)
        window.operator.audit()
        assert self.begun.wait(60)


@pytest.fixture
def opened(open_quiet: OpenWindow, kept: CaseStore, qtbot: QtBot) -> MainWindow:
    """A window on a case of three cells."""
    case_id = stored_case(kept, "A-1", 3)
    window = open_quiet()
    window.commands.open_case(case_id)
    qtbot.waitUntil(lambda: window.review.cell is not None, timeout=PATIENCE_MS)
    return window


def label_first(window: MainWindow) -> int:
    cell = next(window.case.cells)
    window.commands.label(cell.id, Label.LEUKEMIC)
    return cell.id


def stored_label(kept: CaseStore, case_id: int, cell_id: int) -> Label | None:
    (cell,) = [one for one in kept.load(case_id).cells if one.id == cell_id]
    return cell.decision.label if cell.decision else None


def fail(_self: object, *_args: object) -> None:
    raise StoreError(FULL)


def test_a_label_and_what_is_typed_are_kept_while_the_trail_is_verified(
    opened: MainWindow, kept: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, case_id = opened, opened.case.id or 0
    held = Held(window, monkeypatch)
    cell_id = label_first(window)
    window.case_bar.form.fields["patient"].setText("Doe, Jane")
    window.worklist.refresh()
    threading.Timer(1.0, held.go_on.set).start()
    assert window.close()
    assert stored_label(kept, case_id, cell_id) is Label.LEUKEMIC
    assert kept.load(case_id).header.patient == "Doe, Jane"


def test_the_window_says_that_it_saves_and_stays_when_a_person_wants_it(
    opened: MainWindow, kept: CaseStore, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window, case_id = opened, opened.case.id or 0
    held = Held(window, monkeypatch)
    cell_id = label_first(window)
    sheet, seen = window.closing.sheet, []

    def stay() -> None:
        window.close()
        seen.append((sheet.isVisible(), sheet.words.text(), window.isVisible()))
        sheet.keep.click()

    QTimer.singleShot(1500, stay)
    assert not window.close()
    assert seen == [(True, "1 change is being written.", True)]
    assert window.isVisible() and not sheet.isVisible()
    held.go_on.set()
    qtbot.waitUntil(lambda: window.bridge.unsaved == 0, timeout=PATIENCE_MS)
    assert stored_label(kept, case_id, cell_id) is Label.LEUKEMIC
    assert window.close()


def test_a_person_may_leave_without_what_cannot_be_written(opened: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(opened, monkeypatch)
    label_first(opened)
    QTimer.singleShot(1000, opened.closing.sheet.without.click)
    began = time.monotonic()
    assert opened.close()
    assert time.monotonic() - began < 40
    held.go_on.set()


def test_a_window_that_cannot_write_says_so_and_does_not_close(
    opened: MainWindow, kept: CaseStore, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window, case_id = opened, opened.case.id or 0
    held = Held(window, monkeypatch)
    decide = JudgingService.decide
    monkeypatch.setattr(JudgingService, "decide", fail)
    cell_id = label_first(window)
    threading.Timer(0.3, held.go_on.set).start()
    assert not window.close()
    assert window.isVisible() and FULL in window.message.text and "stays open" in window.message.text
    cell = window.case.cell(cell_id)
    assert cell is not None and cell.decision is None, "what is not kept is not shown as kept"
    monkeypatch.setattr(JudgingService, "decide", decide)
    window.message._action.click()
    assert not window.isVisible()
    assert stored_label(kept, case_id, cell_id) is Label.LEUKEMIC


def test_what_is_typed_and_cannot_be_saved_is_said_and_offered_again(
    opened: MainWindow, kept: CaseStore, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window, case_id = opened, opened.case.id or 0
    update = CaseService.update_header
    monkeypatch.setattr(CaseService, "update_header", fail)
    window.case_bar.form.fields["patient"].setText("Doe, Jane")
    window.case_bar.form.save()
    qtbot.waitUntil(lambda: FULL in window.message.text, timeout=PATIENCE_MS)
    monkeypatch.setattr(CaseService, "update_header", update)
    window.message._action.click()
    qtbot.waitUntil(lambda: kept.load(case_id).header.patient == "Doe, Jane", timeout=PATIENCE_MS)
    # The case was read again after the failure: that answer may still be on its way, and another behind the write.
    qtbot.waitUntil(lambda: window.case_bar.form.fields["patient"].text() == "Doe, Jane", timeout=PATIENCE_MS)


def test_an_emptied_number_does_not_take_the_rest_with_it(opened: MainWindow, kept: CaseStore) -> None:
    case_id, fields = opened.case.id or 0, opened.case_bar.form.fields
    fields["number"].setText("")
    fields["specimen"].setText("Bone marrow")
    assert opened.close()
    header = kept.load(case_id).header
    assert (header.number, header.specimen) == ("A-1", "Bone marrow")


def test_a_file_that_a_person_asked_for_is_written_before_the_window_closes(
    opened: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(opened, monkeypatch)
    opened.exporting.export_to(formats.TABLE, tmp_path / "cells.csv")
    threading.Timer(0.5, held.go_on.set).start()
    assert opened.close()
    assert len((tmp_path / "cells.csv").read_text(encoding="utf-8-sig").splitlines()) == 4


def test_the_end_of_the_session_waits_for_what_is_not_written(
    opened: MainWindow, kept: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Manager:
        cancelled = False

        def cancel(self) -> None:
            self.cancelled = True

    window, case_id, manager = opened, opened.case.id or 0, Manager()
    held = Held(window, monkeypatch)
    cell_id = label_first(window)
    threading.Timer(0.5, held.go_on.set).start()
    window.closing.session_ends(manager)  # type: ignore[arg-type]
    assert not manager.cancelled
    assert stored_label(kept, case_id, cell_id) is Label.LEUKEMIC
    monkeypatch.setattr(JudgingService, "decide", fail)
    held = Held(window, monkeypatch)
    window.commands.label(cell_id, Label.HEALTHY)
    threading.Timer(0.3, held.go_on.set).start()
    window.closing.session_ends(manager)  # type: ignore[arg-type]
    assert manager.cancelled


def test_what_was_asked_before_the_cases_are_open_is_written(quiet_home: AppDirs, qtbot: QtBot) -> None:
    bridge, failed = Bridge(quiet_home), []
    bridge.write(lambda bench: bench.cases.create(), failed=failed.append)
    bridge.open()
    bridge.close()
    store = CaseStore(quiet_home.cases)
    assert len(store.list()) == 1 and not failed
    store.close()


def test_cases_that_cannot_be_opened_fail_every_write_and_close(quiet_home: AppDirs, qtbot: QtBot) -> None:
    (quiet_home.cases).mkdir(parents=True, exist_ok=True)
    (quiet_home.cases / "cases.db").write_bytes(b"no database at all, but more than a few bytes" * 50)
    bridge, failed = Bridge(quiet_home), []
    bridge.write(lambda bench: bench.cases.create(), failed=failed.append)
    bridge.open()
    qtbot.waitUntil(lambda: bool(failed), timeout=PATIENCE_MS)
    assert "of another kind" in failed[0] and bridge.unsaved == 0
    bridge.close()
    bridge.write(lambda bench: bench.cases.create(), failed=failed.append)
    assert len(failed) == 2


def test_a_write_whose_owner_is_gone_still_says_that_it_failed(opened: MainWindow, qtbot: QtBot) -> None:
    from PySide6.QtCore import QObject

    owner, told = QObject(), []
    opened.bridge.failed.connect(told.append)

    def work(_bench: Workbench) -> None:
        raise StoreError(FULL)

    opened.bridge.write(work, owner=owner, failed=lambda _sentence: None)
    owner.deleteLater()
    del owner
    qtbot.waitUntil(lambda: told == [FULL], timeout=PATIENCE_MS)


def _draw(window: MainWindow) -> None:
    from leukoscope.domain.cells import Box

    window.cell_editing.begin()
    window.cell_editing._drawn(Box(5, 5, 50, 50))


def _scan(window: MainWindow) -> None:
    window.worklist.scan.setText("B-2")
    window.worklist._scanned()


Act = Callable[[MainWindow], object]
CHANGES: dict[str, tuple[type, str, Act]] = {
    "remove image": (CaseService, "remove_frame", lambda window: window.actions_by_id["remove_image"].trigger()),
    "remove cell": (JudgingService, "remove_cell", lambda window: window.actions_by_id["remove_cell"].trigger()),
    "remove case": (CaseService, "put_away", lambda window: window.actions_by_id["remove_case"].trigger()),
    "label": (JudgingService, "decide", label_first),
    "new case": (CaseService, "create", lambda window: window.actions_by_id["new_case"].trigger()),
    "add images": (CaptureService, "add_paths", lambda window: window.importing.add_paths((Path("/nowhere.png"),))),
    "draw": (JudgingService, "draw_cell", _draw),
    "scan": (CaseService, "open_number", _scan),
    "import": (CaseService, "import_orders", lambda window: window.worklist.import_list(Path("/nowhere.csv"))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_that_fails_is_said_and_the_window_shows_what_is_kept(
    opened: MainWindow, name: str, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window, case_id = opened, opened.case.id
    qtbot.waitUntil(lambda: window.review.canvas.has_image, timeout=PATIENCE_MS)
    service, method, act = CHANGES[name]
    monkeypatch.setattr(service, method, fail)
    act(window)
    qtbot.waitUntil(lambda: FULL in window.message.text and window.bridge.unsaved == 0, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.case.id == case_id and window.case.cell_count == 3, timeout=PATIENCE_MS)
    window.undo_stack.undo()
    assert not window.undo_stack.canUndo() and not window.undo_stack.canRedo(), "what was not done is not undone"
    assert not window.cell_editing.judging
    assert all(cell.decision is None for cell in window.case.cells)
