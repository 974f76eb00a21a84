"""Judging again keeps what people did, also where no model says anything of the cell any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame, Decision, ManualEdit
from leukoscope.domain.cells import Box, CellImage, View
from leukoscope.domain.comments import Comment
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.labels import named
from leukoscope.domain.progress import CancelToken
from leukoscope.sources.demo import demo_field
from leukoscope.workflow.judging_again import carried_over
from tests.gui.builders import GOOD, case_cell, case_frame
from tests.gui.test_gallery import NOW


class Silent:
    """A panel of which no model says anything."""

    def judge(
        self,
        cell_images: Iterable[CellImage],
        *,
        bundles: object = None,
        maps: bool = True,
        cancel: CancelToken | None = None,
    ) -> Iterator[Judgement]:
        for _ in cell_images:
            yield Judgement()


def test_a_named_cell_that_no_model_speaks_of_is_kept_as_it_was() -> None:
    frame = demo_field()
    cell = replace(
        case_cell(1, 0.9, box=Box(100, 100, 80, 80)), decision=Decision(named("blast").label, "Ana", NOW, "blast")
    )
    former: CaseFrame = replace(case_frame(1, cell), um_per_px=frame.um_per_px)
    analysis = ImageAnalysis("field.png", frame, View.FIELD, GOOD, ())
    (kept,) = carried_over(former, analysis, Silent(), CancelToken())
    assert kept.finding is cell.finding
    assert kept.decision is not None and kept.decision.code == "blast"


def test_a_box_that_a_person_changed_stays_and_one_that_was_changed_back_takes_nothing_out() -> None:
    frame, work = demo_field(), ManualEdit("Ana", NOW)
    found = case_cell(1, 0.9, box=Box(100, 100, 80, 80))
    moved = replace(case_cell(2, 0.9, box=Box(106, 104, 80, 80)), added=work, comment=Comment("large", "Ana", NOW))
    analysis = ImageAnalysis(
        "field.png", frame, View.FIELD, GOOD, (case_cell(3, 0.2, box=Box(101, 99, 80, 80)).finding,)
    )

    changed = replace(case_frame(1, moved), removed_cells=(replace(found, removed=work),))
    (kept,) = carried_over(changed, analysis, Silent(), CancelToken())
    assert kept.finding.cell.box == moved.finding.cell.box and kept.removed is None
    assert kept.added is work and kept.comment is moved.comment

    taken_back = replace(case_frame(1, found), removed_cells=(replace(moved, removed=work),))
    (kept,) = carried_over(taken_back, analysis, Silent(), CancelToken())
    assert kept.finding is analysis.findings[0] and kept.removed is None
