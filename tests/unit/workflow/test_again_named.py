"""Judging again keeps what people did, also where no model says anything of the cell any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseFrame, Decision
from leukoscope.domain.cells import Box, CellImage, View
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
