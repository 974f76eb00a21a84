"""A blinded re-read in the real window: begun, read by keyboard, gone on with later, and its figures; practice."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cell_classes import LYMPHOCYTE, NEUTROPHIL
from leukoscope.domain.labels import named
from leukoscope.domain.people import Role
from leukoscope.domain.rereads import Whose
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.reread.records import rereads
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.gui.stored import stored_case

PASSWORD = "a short sentence"


@pytest.fixture
def decided(kept: CaseStore) -> CaseStore:
    """Twelve cells of reviewed cases: half neutrophils, half lymphocytes, decided by Ben."""
    for number in ("A-1", "A-2"):
        case_id = stored_case(kept, number, 6)
        for place, cell in enumerate(kept.load(case_id).cells):
            kept.decide(cell.id, named(LYMPHOCYTE if place % 2 else NEUTROPHIL), "Ben")
        kept.signing.mark_reviewed(case_id)
    return kept


def opened(window: MainWindow) -> None:
    window.show_page("quality")
    window.quality.parts._buttons["people"].click()


def texts(window: MainWindow) -> str:
    return " | ".join(one.text() for one in window.quality.people.findChildren(QLabel) if one.isVisible())


def answer(window: MainWindow, qtbot: QtBot, key: Qt.Key) -> None:
    reading = window.quality.people.reading
    qtbot.waitUntil(lambda: reading.buttons[NEUTROPHIL].isEnabled() and reading.hasFocus(), timeout=PATIENCE_MS)
    QTest.keyClick(reading, key)


def test_cells_are_read_blinded_by_keyboard_and_make_figures(
    open_quiet: OpenWindow, decided: CaseStore, qtbot: QtBot
) -> None:
    window = open_quiet()
    opened(window)
    part = window.quality.people
    qtbot.waitUntil(part.empty.isVisible, timeout=PATIENCE_MS)
    assert part.begin.hasFocus()
    QTest.keyClick(part.begin, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "Only 12 such cells" in part.message.text, timeout=PATIENCE_MS)
    part.size_wanted.setCurrentIndex(part.size_wanted.findData(10))
    QTest.keyClick(part.begin, Qt.Key.Key_Space)
    answer(window, qtbot, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: part.reading.title.text().startswith("Cell 2 of 10:"), timeout=PATIENCE_MS)
    seen = texts(window)
    for said_before in ("Ben had", "ensemble", "hybrid", "healthy", "A-1", "A-2"):
        assert said_before not in seen
    part.reading.leave.click()
    qtbot.waitUntil(lambda: any("1 of 10" in row.text() for row in part.rows.values()), timeout=PATIENCE_MS)
    assert "A. Weber against Ben" in texts(window)
    next(iter(part.rows.values())).click()
    for place in range(9):
        qtbot.waitUntil(
            lambda n=place: part.reading.title.text().startswith(f"Cell {n + 2} of 10:"), timeout=PATIENCE_MS
        )
        answer(window, qtbot, Qt.Key.Key_2 if place % 2 else Qt.Key.Key_1)
    qtbot.waitUntil(lambda: window.message.text == "All 10 cells are read.", timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "of 10 cells" in texts(window), timeout=PATIENCE_MS)
    (reread,) = rereads(decided.trail)
    same = sum(one.said == one.earlier for one in reread.answers)
    assert f"{same} of 10 cells" in texts(window)
    assert "Cohen’s kappa, classes" in texts(window)
    assert not part.rows, "nothing is left to go on with"


def test_practice_tells_only_after_the_answer(open_quiet: OpenWindow, decided: CaseStore, qtbot: QtBot) -> None:
    window = open_quiet()
    opened(window)
    part = window.quality.people
    part.size_wanted.setCurrentIndex(part.size_wanted.findData(10))
    part.practice.setChecked(True)
    part.begin.click()
    reading = part.reading
    qtbot.waitUntil(lambda: reading.title.text().startswith("Practice, cell 1 of 10:"), timeout=PATIENCE_MS)
    assert reading.told.text() == ""
    answer(window, qtbot, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: "Ben had decided" in reading.told.text(), timeout=PATIENCE_MS)
    assert reading.told.text().startswith("You: neutrophil.")
    assert "The program: no class, healthy." in reading.told.text()
    QTest.keyClick(reading, Qt.Key.Key_2)
    assert len(rereads(decided.trail)[0].answers) == 1, "one cell has one answer"
    reading.next.click()
    qtbot.waitUntil(lambda: reading.title.text().startswith("Practice, cell 2 of 10:"), timeout=PATIENCE_MS)
    assert reading.told.text() == ""


def test_another_person_is_offered_the_same_cells(open_quiet: OpenWindow, decided: CaseStore, qtbot: QtBot) -> None:
    window = open_quiet()
    bench = window.bridge.bench
    first = bench.rereads.begin(Whose.ANYONES, 10)
    bench.operator.say_name("Dora")
    opened(window)
    part = window.quality.people
    qtbot.waitUntil(lambda: first.number in part.rows, timeout=PATIENCE_MS)
    assert part.rows[first.number].text() == "The same 10 cells as A. Weber"
    part.rows[first.number].click()
    qtbot.waitUntil(lambda: part.reading.title.text().startswith("Cell 1 of 10:"), timeout=PATIENCE_MS)
    mine, theirs = rereads(decided.trail)
    assert (theirs.who, theirs.cells) == ("Dora", mine.cells)


def test_who_signs_in_next_does_not_see_what_was_shown_before(
    open_quiet: OpenWindow, decided: CaseStore, qtbot: QtBot
) -> None:
    decided.people.add("Tess", Role.TECHNICIAN, PASSWORD)
    window = open_quiet()
    bench = window.bridge.bench
    first = bench.rereads.begin(Whose.ANYONES, 10)
    bench.rereads.answer(first.number, named(NEUTROPHIL))
    opened(window)
    part = window.quality.people
    qtbot.waitUntil(lambda: "A. Weber against Ben" in texts(window), timeout=PATIENCE_MS)
    part.rows[first.number].click()
    qtbot.waitUntil(part.reading.isVisible, timeout=PATIENCE_MS)
    bench.operator.turn_on("Root", PASSWORD)
    bench.operator.sign_in("Tess", PASSWORD)
    window.rereads.apply_permissions()
    assert not part.reading.isVisible()
    assert "against Ben" not in texts(window)
    qtbot.waitUntil(lambda: first.number in part.rows, timeout=PATIENCE_MS)
    assert part.rows[first.number].text() == "The same 10 cells as A. Weber"
    assert "against Ben" not in texts(window), "a technician sees their own figures"
