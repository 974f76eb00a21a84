"""Judging an image again: the new findings take the place of the former ones, and what people did stays."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.errors import CancelledError, LeukoScopeError
from leukoscope.domain.findings import Finding
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.quality import QualityReport
from leukoscope.domain.waiting import JudgedCell, WaitingImage
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.segment_in_box import cell_at
from leukoscope.inference.decision import decide
from leukoscope.workflow.analyze import Judge
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.manual_edits import twin

logger = logging.getLogger(__name__)


def put_in_place(
    repository: CaseRepository,
    judge: Judge,
    image: WaitingImage,
    owner: str,
    analysis: ImageAnalysis,
    cancel: CancelToken,
) -> str:
    """Save an image that was judged again in the place of its former one.

    Returns
    -------
    str
        Why it could not be judged again: the former one stays then, unless it had failed itself. Empty when all
        went well, and when the image does not belong to this program any more.

    Raises
    ------
    StoreError
        When the case is signed or gone, or it cannot be written; the image stays in the queue.
    CancelledError
        After a cancel; the image stays in the queue.
    """
    store: CaseStore = repository.store
    former = store.frames.load(image.former_id or 0)
    if analysis.error is not None and former is not None and former.error is None:
        return analysis.error if store.queue.judged.leave_as_it_was(image, owner) else ""
    cells = tuple(carried_over(former, analysis, judge, cancel)) if former is not None else ()
    if analysis.frame is not None:
        repository.keep(analysis.frame)
    store.queue.judged.replace(image, owner, analysis, cells)
    return analysis.error or ""


def carried_over(former: CaseFrame, analysis: ImageAnalysis, judge: Judge, cancel: CancelToken) -> Iterator[JudgedCell]:
    """All cells of an image that was judged again, with what people did on the former image.

    Labels, comments and removals go to the same cell. A cell that a person labeled or commented on, and that was not
    found again, is judged where it was; so is one whose outline a person gave, which stands in the place of what was
    found there. If that cannot be, it is kept as it was: no person's work is dropped.
    """
    worked_on = [cell for cell in former.cells if cell.decision or cell.added or cell.comment]
    # One in whose place another counts, because its box was changed or that was taken back, takes nothing out.
    removed = [cell for cell in former.removed_cells if twin(cell.finding.cell.box, former.cells) is None]
    heirs: dict[int, CaseCell] = {}
    lost: list[CaseCell] = []
    for cell in (*worked_on, *removed):
        place = _place_of(cell, analysis.findings, heirs)
        if place is not None:
            heirs[place] = cell
        if cell.removed is None and (place is None or cell.added is not None):
            lost.append(cell)
    for place, finding in enumerate(analysis.findings):
        heir = heirs.get(place)
        if heir is not None and heir.removed is None and heir.added is not None:
            continue
        if heir is None:
            yield JudgedCell(finding)
        else:
            yield JudgedCell(finding, heir.decision, heir.added, heir.removed, heir.id, heir.comment)
    for cell in lost:
        finding = _judged_where_it_was(cell, analysis, judge, cancel)
        yield JudgedCell(finding, cell.decision, cell.added, None, cell.id, cell.comment)


def _place_of(cell: CaseCell, findings: Sequence[Finding], taken: dict[int, CaseCell]) -> int | None:
    """Which of the new cells is the same one."""
    found = tuple(CaseCell(place, 0, finding) for place, finding in enumerate(findings) if place not in taken)
    same = twin(cell.finding.cell.box, found)
    return None if same is None else same.id


def _judged_where_it_was(cell: CaseCell, analysis: ImageAnalysis, judge: Judge, cancel: CancelToken) -> Finding:
    frame = analysis.frame
    try:
        if frame is not None:
            outlined = cell.added is not None and cell.finding.cell.frame_sha256 == frame.sha256
            again = cell.finding.cell if outlined else cell_at(frame, cell.finding.cell.box)
            image = cut_out(frame, again)
            judgement = next(iter(judge.judge((image,), cancel=cancel)), Judgement())
            if not judgement.is_empty:
                return decide(again, judgement, analysis.quality or QualityReport(()), image)
    except CancelledError:
        raise
    except LeukoScopeError as error:
        logger.warning("a cell is kept as it was judged before: %s", error.message)
    return cell.finding
