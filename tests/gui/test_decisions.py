"""Whose decision it is: asked once, in its place, without a box; put away, brought back, erased for good."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.findings import Label
from leukoscope.domain.people import Role
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.worklist.state_choice import PUT_AWAY
from tests.unit.cases.builders import all_files

PATIENCE_MS = 60_000
PASSWORD = "a short sentence"


@pytest.fixture
def nobody(judged: MainWindow) -> MainWindow:
    """A window with a judged case at which nobody has said a name today."""
    judged.bridge.bench.settings.save(person_day="2020-01-01", people=("Ben", "Ana & Co"))
    judged.decisions.refresh()
    return judged


def trail(window: MainWindow) -> list[tuple[str, str]]:
    return [(one.what, one.who) for one in window.bridge.bench.signing.audit()]


def first_cell(window: MainWindow) -> int:
    return next(iter(window.case.cells)).id


def label_of(window: MainWindow, cell_id: int) -> Label | None:
    cell = window.case.cell(cell_id)
    return cell.decision.label if cell is not None and cell.decision is not None else None


def test_the_first_decision_asks_for_a_name_and_goes_on_with_it(nobody: MainWindow, qtbot: QtBot) -> None:
    window, bar = nobody, nobody.decisions.bar
    cell = first_cell(window)
    window.commands.label(cell, Label.HEALTHY)
    assert bar.isVisible()
    assert bar.edit.text() == "Ben"
    assert [one.accessibleName() for one in bar.offered] == ["Ana & Co"]
    assert label_of(window, cell) is None
    bar.edit.setText("  ")
    qtbot.keyClick(bar.edit, Qt.Key.Key_Return)
    assert "Write your name" in bar.wrong.text()
    bar.edit.setText("Cem")
    qtbot.keyClick(bar.edit, Qt.Key.Key_Return)
    assert not bar.isVisible()
    assert label_of(window, cell) is Label.HEALTHY
    assert "Cem" in window.status.person.text()
    qtbot.waitUntil(lambda: ("label", "Cem") in trail(window), timeout=PATIENCE_MS)
    window.commands.label(cell, Label.LEUKEMIC)
    assert not bar.isVisible()


def test_escape_decides_nothing_and_says_so(nobody: MainWindow, qtbot: QtBot) -> None:
    window, cell = nobody, first_cell(nobody)
    before = trail(window)
    window.commands.label(cell, Label.HEALTHY)
    qtbot.keyClick(window.decisions.bar.edit, Qt.Key.Key_Escape)
    assert not window.decisions.bar.isVisible()
    assert label_of(window, cell) is None
    assert "Nothing was changed" in window.message.text
    assert not window.undo_stack.canUndo()
    assert trail(window) == before


def test_a_decision_is_about_the_cell_it_was_made_on(nobody: MainWindow, qtbot: QtBot) -> None:
    window = nobody
    first, second = [cell.id for cell in window.case.cells][:2]
    window.review.gallery.choose(first, anywhere=True)
    window.actions_by_id["label_healthy"].trigger()
    window.review.gallery.choose(second, anywhere=True)
    window.decisions.bar.offered[0].click()
    assert label_of(window, first) is Label.HEALTHY
    assert label_of(window, second) is None
    qtbot.waitUntil(lambda: ("label", "Ana & Co") in trail(window), timeout=PATIENCE_MS)


def test_all_kinds_of_decisions_wait_and_carry_the_name(nobody: MainWindow, qtbot: QtBot) -> None:
    window = nobody
    cell = first_cell(window)
    window.review.gallery.choose(cell, anywhere=True)
    window.commands.label(cell, Label.HEALTHY)
    window.actions_by_id["remove_cell"].trigger()
    window.actions_by_id["remove_image"].trigger()
    assert window.decisions.waiting == 3
    window.decisions.bar.said_name.emit("Ana")
    wanted = {("label", "Ana"), ("cell removed", "Ana"), ("image removed", "Ana")}
    qtbot.waitUntil(lambda: wanted <= set(trail(window)), timeout=PATIENCE_MS)
    window.bridge.bench.settings.save(person_day="2020-01-01")
    window.actions_by_id["undo"].trigger()
    assert window.decisions.bar.isVisible()
    window.decisions.bar.said_name.emit("Ben")
    qtbot.waitUntil(lambda: ("image restored", "Ben") in trail(window), timeout=PATIENCE_MS)


def test_typing_a_header_keeps_the_keyboard_and_waits_for_the_name(nobody: MainWindow, qtbot: QtBot) -> None:
    window, form = nobody, nobody.case_bar.form
    window.case_bar.unfold(True)
    case = window.case.case
    assert case is not None
    before = case.header
    field = form.fields["patient"]
    for text in ("Do", "e"):
        field.setFocus()
        qtbot.keyClicks(field, text)
        form.save()
    assert window.decisions.bar.isVisible()
    assert window.decisions.waiting == 1
    assert field.text() == "Doe"
    assert not window.decisions.bar.edit.hasFocus()
    assert not window.closing.may_close()
    assert "waits for your name" in window.message.text
    window.decisions.bar.said_name.emit("Ana")
    qtbot.waitUntil(lambda: ("header", "Ana") in trail(window), timeout=PATIENCE_MS)
    assert window.bridge.bench.cases.load(case.id).header == CaseHeader(**{**before.__dict__, "patient": "Doe"})
    window.bridge.bench.settings.save(person_day="2020-01-01")
    field.setFocus()
    qtbot.keyClicks(field, "x")
    form.save()
    window.decisions.give_up()
    assert field.text() == "Doe"
    assert window.closing.may_close()
    assert window.bridge.bench.cases.load(case.id).header.patient == "Doe"


def test_another_person_takes_the_place_in_the_status_line(judged: MainWindow, qtbot: QtBot) -> None:
    window, cell = judged, first_cell(judged)
    assert "A. Weber" in window.status.person.text()
    window.commands.label(cell, Label.HEALTHY)
    window.status.person.click()
    assert window.decisions.bar.isVisible()
    window.decisions.bar.edit.setText("Dr. Roe")
    window.decisions.bar.take.click()
    assert "Dr. Roe" in window.status.person.text()
    window.commands.label(cell, Label.LEUKEMIC)
    qtbot.waitUntil(lambda: trail(window)[:2] == [("label", "Dr. Roe"), ("label", "A. Weber")], timeout=PATIENCE_MS)
    assert window.settings.fields["operator"].text() == "A. Weber"


def test_a_case_put_away_is_found_and_brought_back(judged: MainWindow, qtbot: QtBot) -> None:
    window, page = judged, judged.worklist
    case = window.case.case
    assert case is not None
    window.actions_by_id["remove_case"].trigger()
    assert "put away" in window.message.text
    qtbot.waitUntil(lambda: page.model.rowCount() == 0, timeout=PATIENCE_MS)
    page.states.setCurrentIndex(page.states.findData(PUT_AWAY))
    page.refresh()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=PATIENCE_MS)
    assert not page._open.isEnabled()
    assert page.form.fields["patient"].isReadOnly()
    assert page._remove.text() == "Bring back"
    page._remove.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 0, timeout=PATIENCE_MS)
    assert any("Nothing is put away" in one.text() for one in page.empty.findChildren(QLabel))
    page.states.setCurrentIndex(0)
    page.refresh()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=PATIENCE_MS)
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: page.model.rowCount() == 0, timeout=PATIENCE_MS)
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=PATIENCE_MS)
    assert {what for what, who in trail(window) if who == "A. Weber"} >= {"case removed", "case restored"}


def test_a_case_is_erased_for_good_and_nothing_can_be_undone(judged: MainWindow, data_home: Path, qtbot: QtBot) -> None:
    window, sheet = judged, judged.operator.erase_sheet
    case = window.case.case
    assert case is not None
    window.bridge.bench.cases.update_header(case.id, CaseHeader(case.header.number, "Zyxwv-Quillfeather"))
    window.commands.label(first_cell(window), Label.HEALTHY)
    window.actions_by_id["erase_case"].trigger()
    assert sheet.isVisible()
    assert not sheet.go.isEnabled()
    qtbot.waitUntil(lambda: "backup" in sheet.backups.text(), timeout=PATIENCE_MS)
    sheet.reason.setPlainText("Zyxwv-Quillfeather asked for it")
    sheet.go.click()
    qtbot.waitUntil(lambda: "without the patient" in sheet.wrong.text(), timeout=PATIENCE_MS)
    assert window.case.case is not None
    sheet.reason.setPlainText("Wish of the patient")
    sheet.go.click()
    qtbot.waitUntil(lambda: "erased for good" in window.message.text, timeout=PATIENCE_MS)
    assert not sheet.isVisible()
    assert window.case.case is None
    assert window.page == "worklist"
    assert not window.undo_stack.canUndo()
    backups = {path for path in all_files(data_home) if "backups" in path.parts}
    for path in set(all_files(data_home)) - backups:
        assert b"Zyxwv-Quillfeather" not in path.read_bytes(), path
    for path in backups:
        assert path.name in window.message.text or b"Zyxwv-Quillfeather" not in path.read_bytes()
    assert window.bridge.bench.signing.verify_audit().sound


def test_an_added_administrator_can_turn_accounts_on_at_once(window: MainWindow, qtbot: QtBot) -> None:
    panel, operator = window.settings.people, window.bridge.bench.operator
    panel.name.setText("Dr. Ana")
    panel.password.setText(PASSWORD)
    panel.again.setText(PASSWORD + "x")
    panel.add.click()
    assert "differ" in panel.wrong.text()
    assert panel.people == ()
    panel.again.setText(PASSWORD)
    panel.add.click()
    qtbot.waitUntil(lambda: len(panel.people) == 1, timeout=PATIENCE_MS)
    assert panel.people[0].role is Role.ADMINISTRATOR
    assert not panel.wrong.isVisible()
    panel.switch.click()
    # The window hears of it after the rules have changed below it.
    qtbot.waitUntil(lambda: "Dr. Ana" in window.status.person.text(), timeout=PATIENCE_MS)
    assert operator.rules.accounts and panel.switch.isChecked()
    assert "first" not in panel.wrong.text()
    assert operator.person is not None
    assert operator.person.name == "Dr. Ana"


def test_with_an_administrator_of_another_day_the_switch_asks_for_that_password(
    window: MainWindow, qtbot: QtBot
) -> None:
    panel, operator = window.settings.people, window.bridge.bench.operator
    window.bridge.bench._repository.store.people.add("Root", Role.ADMINISTRATOR, PASSWORD)
    panel.refresh()
    qtbot.waitUntil(lambda: len(panel.people) == 1, timeout=PATIENCE_MS)
    panel.switch.click()
    assert "Root is administrator" in panel.wrong.text()
    assert not panel.switch.isChecked()
    panel.password.setText(PASSWORD)
    panel.switch.click()
    qtbot.waitUntil(lambda: operator.rules.accounts, timeout=PATIENCE_MS)
