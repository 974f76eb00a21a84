"""Cells that take the place of others: kept, counted, labeled, undone, on the trail."""

from __future__ import annotations

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.box_edits import Change
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cell_classes import BLAST
from leukoscope.domain.errors import ConflictError, StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.fingerprint import case_fingerprint
from leukoscope.domain.labels import named

from .builders import analysis, finding


def test_changed_cells_take_the_place_of_others_and_give_it_back(both: CaseStore) -> None:
    case_id = both.create(CaseHeader("1"))
    frame = both.frames.add(case_id, analysis(b"image"), b"image")
    first, second, third = (cell.id for cell in frame.cells)

    def counts() -> tuple[int, int, int]:
        (line,) = both.list()
        return line.leukemic, line.healthy, line.unsure

    def ids() -> set[int]:
        return {cell.id for cell in both.load(case_id).cells}

    both.decide(first, Label.HEALTHY, "A. Weber")
    both.manual_edits.comment(first, "  Auer\n rod ", "A. Weber", "")
    with pytest.raises(ConflictError, match="Weber has commented"):
        both.manual_edits.comment(first, "none", "B. Klein", "")
    assert [(one.what, one.new) for one in both.trail.entries(case_id, 1)] == [("comment", "Auer rod")]
    moved = both.cell_changes.replace([first], [finding(5, frame.sha256)], Change.BOX, "B. Klein")
    (cell,) = (one for one in both.load(case_id).cells if one.id in moved.cells)
    assert ids() == {second, third, cell.id} and counts() == (0, 2, 1) and not moved.dropped
    assert cell.comment is not None and (cell.comment.text, cell.comment.by) == ("Auer rod", "A. Weber")
    assert cell.decision is not None and cell.decision.by == "A. Weber" and cell.decision.label is Label.HEALTHY
    entry = next(one for one in both.trail.entries(case_id, 3) if one.what == "cell box changed")
    assert (entry.old, entry.new, entry.who) == ("0, 3, 43 x 40", "25, 3, 43 x 40", "B. Klein")

    with pytest.raises(StoreError, match="open the case again"):
        both.cell_changes.replace([first], [finding(5, frame.sha256)], Change.BOX, "A. Weber")
    both.cell_changes.exchange(moved.cells, moved.former, Change.BOX, "B. Klein")
    assert ids() == {first, second, third} and counts() == (0, 2, 1)

    both.decide(second, named(BLAST), "A. Weber")
    both.manual_edits.comment(second, "large", "B. Klein")
    merged = both.cell_changes.replace([first, second], [finding(3, frame.sha256)], Change.MERGE, "A. Weber")
    assert merged.dropped and counts() == (1, 0, 1)
    (cell,) = (one for one in both.load(case_id).cells if one.id in merged.cells)
    assert cell.comment is not None and cell.comment.text == "Auer rod; large"
    both.cell_changes.exchange(merged.cells, merged.former, Change.MERGE, "A. Weber")
    assert counts() == (1, 1, 1) and ids() == {first, second, third}
    before = case_fingerprint(both.load(case_id))
    both.manual_edits.comment(second, "", "B. Klein", "large")
    assert case_fingerprint(both.load(case_id)) != before
    assert next(one for one in both.load(case_id).cells if one.id == second).comment is None
    both.decide(first, named(BLAST), "A. Weber")
    again = both.cell_changes.replace([first, second], [finding(4, frame.sha256)], Change.MERGE, "A. Weber")
    assert not again.dropped and counts() == (1, 0, 1)
    assert both.trail.verify().sound


def test_a_cell_that_became_others_is_brought_back_only_where_none_of_them_counts(both: CaseStore) -> None:
    """Else one cell would count twice."""
    case_id = both.create(CaseHeader("1"))
    frame = both.frames.add(case_id, analysis(b"image"), b"image")
    first, second, third = (cell.id for cell in frame.cells)
    edits, changes = both.manual_edits, both.cell_changes

    def refuses(cell_id: int) -> None:
        with pytest.raises(StoreError, match="what it became counts: take that out first"):
            edits.restore(cell_id, "A. Weber")

    (moved,) = changes.replace([first], [finding(5, frame.sha256)], Change.BOX, "A. Weber").cells
    refuses(first)
    (again,) = changes.replace([moved], [finding(4, frame.sha256)], Change.BOX, "A. Weber").cells
    refuses(first)
    refuses(moved)
    changes.exchange([again], [moved], Change.BOX, "A. Weber")
    refuses(again)
    edits.remove(moved, "A. Weber")
    edits.restore(again, "A. Weber")
    edits.remove(again, "A. Weber")
    edits.restore(first, "A. Weber")
    left, right = changes.replace(
        [second], [finding(3, frame.sha256), finding(4, frame.sha256)], Change.SPLIT, "A. Weber"
    ).cells
    edits.remove(left, "A. Weber")
    refuses(second)
    edits.restore(left, "A. Weber")  # beside the other part it may count
    (joined,) = changes.replace([left, third], [finding(5, frame.sha256)], Change.MERGE, "A. Weber").cells
    for one in (left, third, second):
        refuses(one)
    assert {cell.id for cell in both.load(case_id).cells} == {first, right, joined}
    assert both.trail.verify().sound
