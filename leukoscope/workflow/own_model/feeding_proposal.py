"""How a model is to be fed: tried on cells of a folder, or on drawn ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leukoscope.domain.feeding import Feeding
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.containers import container_of
from leukoscope.inference.input_schema import Cells
from leukoscope.inference.proposal.candidates import cuts_to_try
from leukoscope.inference.proposal.propose import propose_feeding
from leukoscope.inference.proposal.tried import Proposal, untried
from leukoscope.inference.stepped_child import OnStep, SteppedChild
from leukoscope.workflow.own_model.trial_cells import drawn_cells, read_trial_cells


def propose(
    file: Path,
    classes: tuple[str, ...],
    output: str,
    labeled: Path | None,
    pinned: Mapping[str, Any],
    on_step: OnStep,
    cancel: CancelToken,
    child: SteppedChild | None = None,
    maps: MapKind = MapKind.GRAD_CAM,
) -> Proposal:
    """Try ways of feeding a model.

    Parameters
    ----------
    file, classes, output, on_step, cancel
        As :func:`leukoscope.inference.importer.import_model` has them.
    labeled
        Folder of labeled cells; ``None`` for drawn ones.
    pinned
        What a person has said already, by the names that a Feeding has.
    child, maps
        As :func:`leukoscope.inference.proposal.propose.propose_feeding` has them.

    Raises
    ------
    BundleError
        When the file is refused.
    SiteError
        When the folder holds too few cells, or none that are sorted.
    CancelledError
        After a cancel.
    """
    if container_of(file) is not None:
        return untried(Feeding(**pinned), ("is no Keras file, whose inside can be read",), (0, 0, 0))
    cuts = cuts_to_try(pinned)
    cells = drawn_cells(cuts) if labeled is None else read_trial_cells(labeled, cuts, cancel)
    whose: Cells = "drawn" if labeled is None else "labeled"
    return propose_feeding(file, (classes, output), cells, whose, pinned, on_step, cancel, child, maps)
