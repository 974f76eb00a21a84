"""A question to the list of cases, in the words of the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy import case as case_when

from leukoscope.cases.loading import SUMMARY_COLUMNS
from leukoscope.cases.saving import searchable
from leukoscope.cases.tables import CaseRow
from leukoscope.domain.cases import CaseQuery, Order, Priority
from leukoscope.domain.keys import case_key

_CELLS = CaseRow.leukemic_count + CaseRow.healthy_count + CaseRow.unsure_count + CaseRow.named_count
_COLUMNS: dict[Order, ColumnElement[Any]] = {
    Order.CHANGED: CaseRow.changed_at.expression,
    Order.CREATED: CaseRow.created_at.expression,
    Order.NUMBER: CaseRow.number.expression,
    Order.PATIENT: func.lower(CaseRow.patient),
    Order.SPECIMEN: func.lower(CaseRow.specimen),
    Order.PRIORITY: case_when({Priority.STAT.value: 2, Priority.URGENT.value: 1}, value=CaseRow.priority, else_=0),
    Order.STATE: CaseRow.state.expression,
    Order.CELLS: _CELLS,
    Order.FRAMES: CaseRow.frame_count.expression,
    Order.KEY: CaseRow.id.expression,
}


def matches(search: str) -> Iterator[ColumnElement[bool]]:
    """Every word of the search stands somewhere in the case, or it is the case's number in some spelling."""
    words = [CaseRow.search_text.contains(word, autoescape=True) for word in searchable(search).split()]
    if words:
        yield or_(and_(*words), CaseRow.number_key == case_key(search))


def in_state(asked: CaseQuery) -> Iterator[ColumnElement[bool]]:
    """The case is in the list or put away, as asked for, and in the state asked for, if one is."""
    yield CaseRow.removed_at.is_not(None) if asked.put_away else CaseRow.removed_at.is_(None)
    if asked.state is not None:
        yield CaseRow.state == asked.state.value


def sorted_by(asked: CaseQuery) -> tuple[ColumnElement[Any], ...]:
    """The order asked for; the newest first among equals."""
    column = _COLUMNS[asked.order]
    if not asked.descending:
        return column.asc(), CaseRow.id.desc()
    return column.desc(), CaseRow.id.desc()


def listed(search: str, asked: CaseQuery, limit: int, offset: int) -> Select[Any]:
    """Lines of the list of Cases: those that match, in the order asked for, from ``offset`` on."""
    chosen = select(*SUMMARY_COLUMNS).where(*matches(search), *in_state(asked))
    return chosen.order_by(*sorted_by(asked)).limit(limit).offset(offset)
