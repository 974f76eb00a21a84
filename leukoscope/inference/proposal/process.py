"""Try how somebody's model is to be fed. Runs in a child process only (``import_child.py``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.feeding import Feeding
from leukoscope.domain.frames import Pixels
from leukoscope.inference.examined import Examiner
from leukoscope.inference.import_manifest import manifest_of
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.input_schema import Cells, Preprocessing
from leukoscope.inference.opinions import LOGIT
from leukoscope.inference.preprocessing import model_input, network_view
from leukoscope.inference.proposal.candidates import candidates
from leukoscope.inference.proposal.tried import Proposal, TrialCell, Tried, ranked, tried, untried

if TYPE_CHECKING:
    import openvino as ov

BEFORE = ("Checking the file", "Loading the model", "Looking what it does with samples", "Compiling")
SHOWN = 3
"""Cells that are shown as the network sees them."""
SHOWN_SIDE = 192
"""Pixels; larger inputs are shown smaller."""


@dataclass(frozen=True, eq=False)
class TrialOrder:
    """What to try, and on what.

    Parameters
    ----------
    model
        The file and its classes, as an import has them; its ``part`` is not looked at.
    cells
        Both sides by turns.
    whose
        Whose cells they are.
    pinned
        See :func:`leukoscope.inference.proposal.candidates.candidates`.
    """

    model: ImportOrder
    cells: tuple[TrialCell, ...]
    whose: Cells
    pinned: Mapping[str, Any]


def trial(order: TrialOrder, file: Path, say: Callable[[Any], None], examiner: Examiner) -> Proposal:
    """The work of ``import_child``: try a model that lies in one file."""
    return proposal_of(replace(order, model=replace(order.model, file=str(file))), say, examiner)


def proposal_of(
    order: TrialOrder, say: Callable[[tuple[str, int, int]], object], examiner: Examiner | None = None
) -> Proposal:
    """Load a model and try all ways of feeding it; ``say`` is told each step.

    Parameters
    ----------
    order
        What to try.
    say
        Told (text, done, total).
    examiner
        Keeps the loaded model for the import that comes after.

    Raises
    ------
    BundleError
        When the file is refused.
    """
    examiner = examiner or Examiner()
    say((BEFORE[0], 0, len(BEFORE) + 1))
    examiner.check(order.model)
    say((BEFORE[1], 1, len(BEFORE) + 1))
    from leukoscope.inference.graph import answer_only
    from leukoscope.inference.proposal.inside import look_inside, names_in

    known = examiner.examined(order.model)
    model, anatomy = known.model, known.found
    say((BEFORE[2], 2, len(BEFORE) + 1))
    size = (anatomy.height, anatomy.width, anatomy.channels)
    inside = look_inside(model, size)
    scales_itself = any(not one.is_plain for one in inside)
    ways = candidates(scales_itself, names_in(model), anatomy.channels, order.pinned)
    say((BEFORE[3], 3, len(BEFORE) + len(ways)))
    manifest = manifest_of(order.model, anatomy, known.head)
    words = tuple(dict.fromkeys(one.text for one in inside))
    if manifest.kind == "differential":
        return untried(ways[0], (*words, "tells no leukemic cells"), size)
    ask = _asker(answer_only(examiner.graph(manifest)[1]))

    def step(done: int) -> None:
        total = len(BEFORE) + len(ways)
        say((f"Trying way {min(done + 1, len(ways))} of {len(ways)}", len(BEFORE) + done, total))

    found = _try_all(ways, size, order.cells, ask, step)
    leukemic = sum(cell.leukemic for cell in order.cells)
    return Proposal(ranked(found, order.whose), leukemic, len(order.cells) - leukemic, order.whose, words, size)


def _asker(graph: ov.Model) -> Callable[[NDArray[np.float32]], float]:
    from leukoscope.inference.graph import request_of, run_graph

    request = request_of(graph)
    return lambda pixels: float(run_graph(request, pixels)[LOGIT].reshape(-1)[0])


def _try_all(
    ways: Sequence[Feeding],
    size: tuple[int, int, int],
    cells: Sequence[TrialCell],
    ask: Callable[[NDArray[np.float32]], float],
    step: Callable[[int], None],
) -> list[Tried]:
    leukemic = np.array([cell.leukemic for cell in cells], bool)
    done, found = set[bytes](), list[Tried]()
    for number, feeding in enumerate(ways):
        step(number)
        fed = Preprocessing.of(feeding, *size)
        inputs = [model_input(cell.views[fed.cut], fed) for cell in cells]
        # Cells that were cut out on black look the same in several ways.
        same = np.stack(inputs).tobytes()
        if same in done:
            continue
        done.add(same)
        logits = np.array([ask(one) for one in inputs])
        seen = [_small(network_view(cell.views[fed.cut], fed)) for cell in cells[:SHOWN]]
        found.append(tried(feeding, logits, leukemic, seen))
    return found


def _small(pixels: Pixels) -> Pixels:
    factor = SHOWN_SIDE / max(pixels.shape[:2])
    if factor >= 1:
        return np.ascontiguousarray(pixels)
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
