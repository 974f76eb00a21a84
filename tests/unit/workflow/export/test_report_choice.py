"""Which cells follow the result, and how a phrase goes into a conclusion."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from leukoscope.domain.cases import Case, Decision
from leukoscope.domain.deciding import deciding_cells
from leukoscope.domain.findings import Label
from leukoscope.reports.template import Appendix
from leukoscope.workflow.export.report_choice import shown_cells, shown_fields
from leukoscope.workflow.phrases import with_phrase
from tests.unit.exchange import builders

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def with_labels(*labels: Label | None) -> Case:
    """A case whose cells got these labels by a person; ``None`` leaves one as the program has it."""
    case = builders.case()
    frame = next(frame for frame in case.frames if frame.cells)
    cell = replace(frame.cells[0], decision=None, added=None)
    cells = tuple(
        replace(cell, id=place, decision=Decision(label, "Ana", NOW) if label else None)
        for place, label in enumerate(labels, start=1)
    )
    return replace(case, frames=(replace(frame, cells=cells),))


def test_what_a_person_says_otherwise_comes_first_and_healthy_cells_do_not_follow() -> None:
    said = next(frame for frame in builders.case().frames if frame.cells).cells[0].finding.label
    other = Label.HEALTHY if said is not Label.HEALTHY else Label.LEUKEMIC
    case = with_labels(said, Label.UNSURE, other)
    ranked = deciding_cells(case.cells)
    assert {2, 3} <= ranked
    assert deciding_cells(case.cells, most=1) == {2}
    assert shown_cells(case.cells, Appendix.ALL) == {1, 2, 3}
    assert shown_cells(case.cells, Appendix.NONE) == frozenset()
    assert shown_fields(case, frozenset(), Appendix.DECIDING) == frozenset()
    assert shown_fields(case, {2}, Appendix.DECIDING) == {case.frames[0].id}


def test_a_phrase_is_set_off_by_one_space() -> None:
    assert with_phrase("", 0, "Blasts.") == ("Blasts.", 7)
    assert with_phrase("Few cells.", 10, "Blasts.") == ("Few cells. Blasts.", 18)
    assert with_phrase("Few cells. End.", 11, "Blasts.") == ("Few cells. Blasts. End.", 18)
