"""Try how somebody's model is to be fed, in a child process."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leukoscope.domain.feeding import Feeding
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.importer import silence
from leukoscope.inference.input_schema import Cells
from leukoscope.inference.programs import importer_program
from leukoscope.inference.proposal import process
from leukoscope.inference.proposal.tried import Proposal, TrialCell
from leukoscope.inference.sides import check_figures
from leukoscope.inference.stepped_child import OnStep, run_steps


def propose_feeding(
    file: Path,
    meaning: tuple[tuple[str, ...], str],
    cells: Sequence[TrialCell],
    whose: Cells,
    pinned: Mapping[str, Any],
    on_step: OnStep,
    cancel: CancelToken,
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
    with tempfile.TemporaryDirectory(prefix="leukoscope-trial-", ignore_cleanup_errors=True) as folder:
        model = ImportOrder(str(file), "trial", classes, Feeding(), folder, output=output)
        order = process.TrialOrder(model, tuple(cells), whose, dict(pinned))
        found = run_steps(process.main, order, file, silence, on_step, cancel)
    assert isinstance(found, Proposal)
    return found
