"""Try how somebody's model is to be fed, in a child process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leukoscope.domain.feeding import Feeding
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.import_child import Work, import_child
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.importer import silence
from leukoscope.inference.input_schema import Cells
from leukoscope.inference.programs import importer_program
from leukoscope.inference.proposal.process import TrialOrder, trial
from leukoscope.inference.proposal.tried import Proposal, TrialCell
from leukoscope.inference.sides import check_figures
from leukoscope.inference.stepped_child import OnStep, SteppedChild


def propose_feeding(
    file: Path,
    meaning: tuple[tuple[str, ...], str],
    cells: Sequence[TrialCell],
    whose: Cells,
    pinned: Mapping[str, Any],
    on_step: OnStep,
    cancel: CancelToken,
    child: SteppedChild | None = None,
    maps: MapKind = MapKind.GRAD_CAM,
) -> Proposal:
    """Try ways of feeding a model on labeled cells.

    Parameters
    ----------
    file
        The model.
    meaning
        What each of the model's figures means, and which of several outputs is meant, as ``importer.import_model`` has
        them.
    cells
        About twenty, both sides by turns, cut out in all ways that ``cuts_to_try`` names.
    whose
        Whether they are a person's own or drawn.
    pinned
        What a person has said already, by the names that a Feeding has.
    on_step, cancel
        As ``importer.import_model`` has them.
    child
        Does it, and keeps what it loaded for the import that comes after; ``None`` for one of its own.
    maps
        How branches will be shown, so that the graph need not be compiled again.

    Raises
    ------
    BundleError
        When the file is refused, or its input cannot be fed in any of these ways.
    CancelledError
        After a cancel.
    """
    classes, output = meaning
    check_figures(classes)
    importer_program()
    order = TrialOrder(
        ImportOrder(str(file), "trial", classes, Feeding(), "", maps, output=output), tuple(cells), whose, dict(pinned)
    )
    own = child or import_child()
    try:
        found = own.do(Work(trial, order, str(file)), file, silence, on_step, cancel)
    finally:
        if child is None:
            own.close()
    assert isinstance(found, Proposal)
    return found
