"""Signing, amending, accounts and the lock, in the real window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseState, Priority
from leukoscope.domain.findings import Label
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.signing_checklist import Topic

PATIENCE_MS = 30_000

PASSWORD = "a short sentence"


def decide_all(window: MainWindow) -> None:
    for cell in list(window.case.cells):
        window.commands.label(cell.id, Label.HEALTHY)


def wait_state(window: MainWindow, qtbot: QtBot, state: CaseState) -> None:
    qtbot.waitUntil(lambda: window.case.case is not None and window.case.case.state is state, timeout=PATIENCE_MS)


def sign(window: MainWindow, qtbot: QtBot, password: str = "") -> None:
    window.actions_by_id["sign"].trigger()
    sheet = window.operator.sign_sheet
    assert sheet.isVisible()
    sheet.password.setText(password)
    qtbot.keyClick(sheet.password if password else sheet.name, Qt.Key.Key_Return)


def test_a_scanned_number_opens_or_begins_a_case(window: MainWindow, qtbot: QtBot) -> None:
    scan = window.worklist.scan
    qtbot.keyClicks(scan, "2026-777")
    qtbot.keyClick(scan, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.case.case is not None, timeout=PATIENCE_MS)
    first = window.case.id
    assert window.page == "review"
    assert window.case.case is not None
    assert window.case.case.header.number == "2026-777"
    window.show_page("worklist")
    qtbot.keyClicks(scan, "2026-777")
    with qtbot.waitSignal(window.worklist.open_wanted) as opened:
        qtbot.keyClick(scan, Qt.Key.Key_Return)
    assert opened.args == [first]


def test_the_list_is_imported_sorted_and_its_priorities_are_kept(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "list.csv").write_text("number,patient,priority\n2,<b>Ольга</b>,stat\n1,Zoe,\n", encoding="utf-8")
    with qtbot.waitSignal(window.worklist.imported) as imported:
        window.worklist.import_list(tmp_path / "list.csv")
    assert imported.args[0].added == ("2", "1")
    page = window.worklist
    qtbot.waitUntil(lambda: page.model.rowCount() == 2, timeout=PATIENCE_MS)
    page.table.horizontalHeader().sectionClicked.emit(0)
    qtbot.waitUntil(lambda: [one.header.number for one in page.model.cases] == ["1", "2"], timeout=PATIENCE_MS)
    assert page.model.data(page.model.index(1, 1)) == "<b>Ольга</b>"
    page.table.selectRow(0)
    page.priority.setCurrentIndex(page.priority.findData(Priority.URGENT))
    page._set_priority(0)
    qtbot.waitUntil(lambda: page.model.cases[0].priority is Priority.URGENT, timeout=PATIENCE_MS)


def test_a_case_is_signed_read_only_and_amended(judged: MainWindow, qtbot: QtBot) -> None:
    window = judged
    decide_all(window)
    sign(window, qtbot)
    wait_state(window, qtbot, CaseState.SIGNED)
    assert not window.operator.sign_sheet.isVisible()
    case = window.case.case
    assert case is not None
    assert [one.name for one in case.signatures] == ["A. Weber"]
    ((_, sha256),) = window.bridge.bench._repository.store.signing.reports(case.id)
    assert window.bridge.bench._repository.store.read_image(sha256).startswith(b"%PDF")
    cell = next(iter(window.case.cells))
    window.commands.label(cell.id, Label.LEUKEMIC)
    assert "amend" in window.message.text
    after = window.case.cell(cell.id)
    assert after is not None and after.label is Label.HEALTHY
    assert not window.actions_by_id["sign"].isEnabled()
    assert window.case_bar.form.fields["patient"].isReadOnly()
    window.actions_by_id["amend"].trigger()
    window.operator.amend_sheet.take()
    qtbot.waitUntil(lambda: "reason" in window.operator.amend_sheet.wrong.text(), timeout=PATIENCE_MS)
    window.operator.amend_sheet.reason.setPlainText("Wrong patient")
    window.operator.amend_sheet.take()
    wait_state(window, qtbot, CaseState.AMENDED)
    window.commands.label(cell.id, Label.LEUKEMIC)
    qtbot.waitUntil(lambda: window.case.cell(cell.id).label is Label.LEUKEMIC, timeout=PATIENCE_MS)  # type: ignore[union-attr]


def test_the_checklist_stands_before_the_name_and_leads_to_what_is_left(judged: MainWindow, qtbot: QtBot) -> None:
    from sqlalchemy import update

    from leukoscope.cases.tables import CellRow

    window = judged
    first = next(iter(window.case.cells))
    with window.bridge.bench._repository.store.database.writing() as session:
        session.execute(update(CellRow).values(label="healthy"))
        session.execute(update(CellRow).where(CellRow.id == first.id).values(label="unsure"))
    window.actions_by_id["sign"].trigger()
    sheet = window.operator.sign_sheet
    shown = sheet.checklist
    height = sheet.card.height()
    qtbot.waitUntil(lambda: len(shown.lines) == len(Topic), timeout=PATIENCE_MS)
    count = len(list(window.case.cells))
    assert shown.texts[Topic.CELLS].text() == f"1 of {count} cells are unsure and wait for a person."
    assert shown.texts[Topic.IMAGES].text() == "All images are judged."
    assert shown.buttons[Topic.CELLS].isVisible() and not shown.buttons[Topic.IMAGES].isVisible()
    assert shown.mapTo(sheet, shown.rect().bottomLeft()).y() < sheet.name.mapTo(sheet, sheet.name.rect().topLeft()).y()
    assert sheet.card.height() == height, "what is read meanwhile moves nothing"
    QTest.mouseClick(shown.buttons[Topic.CELLS], Qt.MouseButton.LeftButton)
    assert not sheet.isVisible()
    qtbot.waitUntil(lambda: window.review.cell is not None and window.review.cell.id == first.id, timeout=PATIENCE_MS)


def test_an_unsure_cell_stops_the_signature_and_is_one_click_away(judged: MainWindow, qtbot: QtBot) -> None:
    """The store is told that a cell is unsure, whatever the small models of the tests said."""
    from sqlalchemy import update

    from leukoscope.cases.tables import CellRow

    window = judged
    cell = list(window.case.cells)[-1]
    with window.bridge.bench._repository.store.database.writing() as session:
        session.execute(update(CellRow).values(label="healthy"))
        session.execute(update(CellRow).where(CellRow.id == cell.id).values(label="unsure"))
    sign(window, qtbot)
    sheet = window.operator.sign_sheet
    qtbot.waitUntil(lambda: "1 unsure cell waits" in sheet.wrong.text(), timeout=PATIENCE_MS)
    sheet.cure.click()
    assert not sheet.isVisible()
    assert window.review.cell is not None and window.review.cell.id == cell.id


def test_accounts_lock_the_window_and_signing_asks_again(judged: MainWindow, qtbot: QtBot) -> None:
    window = judged
    panel, operator = window.settings.people, window.bridge.bench.operator
    panel.switch.click()
    assert "first" in panel.wrong.text()
    panel.name.setText("Dr. Ana")
    panel.password.setText(PASSWORD)
    panel.switch.click()
    assert "twice" in panel.wrong.text() or "differ" in panel.wrong.text()
    panel.again.setText(PASSWORD)
    panel.switch.click()
    # The window hears of it after the rules have changed below it.
    qtbot.waitUntil(lambda: window.actions_by_id["lock"].isEnabled() and bool(panel.people), timeout=PATIENCE_MS)
    assert operator.rules.accounts
    decide_all(window)
    window.actions_by_id["lock"].trigger()
    sheet = window.operator.sign_in_sheet
    assert sheet.isVisible()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.isVisible()
    assert not window.case_bar.isVisible()
    sheet.password.setText("wrong")
    sheet.take()
    qtbot.waitUntil(lambda: "wrong" in sheet.wrong.text(), timeout=PATIENCE_MS)
    sheet.password.setText(PASSWORD)
    sheet.take()
    qtbot.waitUntil(lambda: not sheet.isVisible(), timeout=PATIENCE_MS)
    assert window.centralWidget().isVisible()
    sign(window, qtbot, "wrong password")
    qtbot.waitUntil(lambda: "wrong" in window.operator.sign_sheet.wrong.text(), timeout=PATIENCE_MS)
    window.operator.sign_sheet.leave()
    sign(window, qtbot, PASSWORD)
    wait_state(window, qtbot, CaseState.SIGNED)
    assert window.case.case is not None
    assert window.case.case.signatures[0].name == "Dr. Ana"


def test_the_count_table_and_the_trail_are_shown(judged: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window = judged
    decide_all(window)
    window.actions_by_id["count"].trigger()
    sheet = window.operator.count_sheet
    assert sheet.mine.cells[Label.HEALTHY][0].text() == "3"
    assert sheet.mine.cells[Label.HEALTHY][1].text() == "100 % (44–100)"
    assert (sheet.mine.progress.value(), sheet.mine.progress.maximum()) == (3, 100)
    sheet.leave()
    window.actions_by_id["audit"].trigger()
    trail = window.operator.audit_sheet
    qtbot.waitUntil(trail.isVisible, timeout=PATIENCE_MS)
    assert trail.table.rowCount() >= 6
    assert "none was changed" in trail.state.text()
    window.operator.export_audit_to(tmp_path / "trail.pdf")
    qtbot.waitUntil((tmp_path / "trail.pdf").exists, timeout=PATIENCE_MS)
