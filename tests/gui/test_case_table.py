"""The table of cases: columns give way to the patient's name, and come back as they were kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseHeader, CaseState, CaseSummary, Order, Priority
from leukoscope.gui.worklist.case_list import CaseList, Column
from leukoscope.gui.worklist.case_table import NAME_WIDTH, CaseTable

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def summary(number: int) -> CaseSummary:
    header = CaseHeader(f"2026-{number:04}", "Müller, Anna-Katharina", "Blood", "MGG")
    return CaseSummary(number, header, CaseState.OPEN, NOW, NOW, 3, 92, 4, 49, 39, Priority.ROUTINE)


@pytest.fixture
def table(qtbot: QtBot) -> Iterator[CaseTable]:
    model = CaseList()
    model.set_cases(tuple(summary(number) for number in range(1, 4)))
    made = CaseTable(model)
    qtbot.addWidget(made)
    made.resize(1400, 300)
    made.show()
    yield made


def shown(table: CaseTable) -> set[Column]:
    return {column for column in Column if not table.horizontalHeader().isSectionHidden(column)}


def test_columns_give_way_to_the_name_and_come_back(table: CaseTable) -> None:
    wide = shown(table)
    assert wide == set(Column) - {Column.IMAGES}
    table.resize(760, 300)
    assert {Column.NUMBER, Column.PATIENT, Column.SHARES, Column.PRIORITY, Column.STATE} <= shown(table) < wide
    assert table.columnWidth(Column.PATIENT) >= NAME_WIDTH
    assert not table.horizontalScrollBar().isVisible()
    table.resize(1400, 300)
    assert shown(table) == wide


def test_what_a_person_hides_stays_hidden_and_what_only_gave_way_is_kept_as_shown(table: CaseTable) -> None:
    table.show_column(Column.AGE, False)
    table.resize(700, 300)
    assert Column.CELLS not in shown(table)
    kept = table.columns()
    assert Column.CELLS not in shown(table), "keeping changes nothing"
    other = CaseTable(CaseList())
    other.resize(1400, 300)
    other.show()
    other.set_columns(kept)
    assert shown(other) == set(Column) - {Column.IMAGES, Column.AGE}
    other.close()
    other.deleteLater()


def test_a_click_on_a_head_sorts_and_another_turns_it_round(table: CaseTable, qtbot: QtBot) -> None:
    head = table.horizontalHeader()
    assert (table.asked_order, table.descending) == (Order.CHANGED, True)
    with qtbot.waitSignal(table.order_changed):
        head.sectionClicked.emit(Column.PATIENT)
    assert (table.asked_order, table.descending) == (Order.PATIENT, False)
    head.sectionClicked.emit(Column.PATIENT)
    assert table.descending
    head.sectionClicked.emit(Column.SHARES)
    assert table.asked_order is Order.PATIENT, "nothing to sort by there"
    assert head.sortIndicatorSection() == Column.PATIENT
    assert head.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder


def test_heads_have_room_for_their_words(table: CaseTable) -> None:
    head, model = table.horizontalHeader(), table.model()
    for column in shown(table) - {Column.PATIENT}:
        words = str(model.headerData(column, Qt.Orientation.Horizontal))
        assert table.columnWidth(column) > head.fontMetrics().horizontalAdvance(words), words
