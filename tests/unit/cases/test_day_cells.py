"""Counts over the cells of a day by the database are those over the cells themselves, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leukoscope.cases.day_cells import cells_of_days
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.findings import Label
from leukoscope.domain.microscopes import Microscope
from tests.unit.cases.builders import analysis

CELLS = 24


def test_counts_are_those_of_the_cells(both: CaseStore) -> None:
    since = datetime.now(UTC) - timedelta(days=1)
    assert cells_of_days(both.database, since) == ()
    case_id = both.create(CaseHeader("1", "Doe"))
    frame = both.frames.add(case_id, analysis(cells=CELLS), b"image")
    gone = both.frames.add(case_id, analysis(b"another", 3), b"another")
    both.frames.remove(gone.id)
    both.manual_edits.remove(frame.cells[0].id, "Ana")
    for place, cell in enumerate(frame.cells[1:12]):
        both.decide(cell.id, Label.HEALTHY if place % 2 else Label.LEUKEMIC, "Ana")
    cells = both.load(case_id).cells
    assert len(cells) == CELLS - 1
    (day,) = cells_of_days(both.database, since)
    assert day.cells == len(cells)
    assert day.unsure == sum(one.finding.label is Label.UNSURE for one in cells) > 0
    assert (day.compared, day.agreed) == (len(cells), sum(one.finding.agree for one in cells))
    assert 0 < day.agreed < day.compared
    decided = [one for one in cells if one.decision is not None and one.finding.label is not Label.UNSURE]
    assert day.decided == len(decided) > 0
    assert day.corrected == sum(one.label is not one.finding.label for one in decided) > 0
    assert day.novelty == pytest.approx(0.75), "the largest that a bundle gave"
    assert abs((datetime.now(UTC).date() - day.day).days) <= 1
    assert day.instrument == ""
    plain = analysis(b"of another microscope", 4)
    assert plain.frame is not None
    origin = replace(plain.frame.origin, microscope=Microscope("Basler", "40x"))
    both.frames.add(case_id, replace(plain, frame=replace(plain.frame, origin=origin)), b"of another microscope")
    days = cells_of_days(both.database, since)
    assert {one.instrument: one.cells for one in days} == {"": day.cells, "Basler 40x": 4}
    assert cells_of_days(both.database, datetime.now(UTC) + timedelta(days=1)) == ()
