"""A run whose images are judged by workers: what comes back in order becomes what one process would have found out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.batch_outputs import BatchOutputs
from leukoscope.workflow.duplicate_images import Seen, copy_of
from leukoscope.workflow.images import ImageSource
from leukoscope.workflow.judged_image import JudgedImage
from leukoscope.workflow.many.crew import Crew
from leukoscope.workflow.many.travelling import RunOrder, WorkerAnswer
from leukoscope.workflow.run_plan import RunPlan, stamp_of


def judged_by(
    crew: Crew, plan: RunPlan, order: RunOrder, outputs: BatchOutputs, cancel: CancelToken
) -> Iterator[tuple[JudgedImage, bool]]:
    """All images in order, and whether each was judged now.

    Parameters
    ----------
    crew
        The workers.
    plan
        Of the run; it looks for no copies, which is done here: workers read images in any order.
    order
        What is asked of the workers.
    outputs
        Where maps go.
    cancel
        Set it to stop.

    Raises
    ------
    WorkerError, BundleError, CancelledError
        As the crew does.
    """
    seen = Seen() if order.with_keys else None
    for source, told in plan.outcomes(crew.answers(_stamped(plan), order, cancel)):
        image, is_new = _image(told, plan, outputs), not isinstance(told, JudgedImage)
        twin = seen.earlier_of(image.keys, source.name) if seen is not None and image.keys else None
        if twin is not None:
            outputs.drop_maps(image)
            unread = ImageAnalysis(source.name, error=copy_of(twin))
            yield JudgedImage.of(unread, (), outputs.table, is_copy=True), is_new
            continue
        if isinstance(told, WorkerAnswer):
            outputs.keep_maps(told.maps)
        yield image, is_new


def _stamped(plan: RunPlan) -> Iterator[ImageSource]:
    """The images for the workers; what each file was before it was read is noted."""
    for noted in plan.to_judge():
        plan.notes[noted.name] = stamp_of(noted.source), False
        yield noted.source


def _image(told: WorkerAnswer | ImageAnalysis | JudgedImage, plan: RunPlan, outputs: BatchOutputs) -> JudgedImage:
    if isinstance(told, JudgedImage):
        return told
    if isinstance(told, ImageAnalysis):
        return JudgedImage.of(told, (), outputs.table)
    assert told.image is not None, "what was lacking has been sent"
    stamp, _ = plan.notes.pop(told.image.name, (None, False))
    return replace(told.image, stamp=stamp, scale=plan.scale_mark() if told.scaled else "")
