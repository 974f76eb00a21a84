"""Which cells of a case would teach a site profile most."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from leukoscope.domain.cases import Case, CaseCell
from leukoscope.domain.progress import CancelToken
from leukoscope.site.useful import doubt, most_useful
from leukoscope.workflow.similar.cell_features import FeatureReader
from leukoscope.workflow.similar.known_index import IndexKeeper
from leukoscope.workflow.site.labeled import NOT_COUNTED

RANKED = 300
"""So many cells are ranked one after the other; nobody labels more at a time."""


def ranked_cells(
    case: Case,
    reader: FeatureReader,
    keeper: IndexKeeper,
    cancel: CancelToken,
    on_cell: Callable[[int], None] = lambda _done: None,
) -> tuple[int, ...]:
    """Keys of the cells of a case, the one first that would teach most.

    Labeled are the lab's decided cells and those that were decided in this case. Cells that teach nothing (at an
    edge, in a cluster, burst) or cannot be compared come after the others, and decided ones last.
    """
    frames = {frame.id: frame for frame in case.frames}
    open_cells = [one for one in case.cells if one.decision is None]
    able = [one for one in open_cells if NOT_COUNTED.isdisjoint(one.finding.cell.flags)]
    here = [one for one in case.cells if one.decision is not None]
    features = reader.of_cells(((frames[one.frame_id], one) for one in (*able, *here)), cancel, on_cell)
    able = [one for one in able if one.id in features]
    index = keeper.current(reader.bundle, lambda _progress: cancel.raise_if_cancelled())
    labeled = np.array([features[one.id] for one in here if one.id in features], np.float32)
    nearness = []
    for one in able:
        cancel.raise_if_cancelled()
        nearest = index.cells.nearest(features[one.id], 1)
        lab = 1.0 - nearest[0].distance if nearest else 0.0
        nearness.append(max(lab, _nearest_cosine(features[one.id].astype(np.float32), labeled)))
    order = most_useful(
        np.array([_doubt(one) for one in able]),
        np.array([features[one.id] for one in able], np.float32).reshape(len(able), -1),
        np.array(nearness),
        len(index.cells) + len(labeled),
        RANKED,
    ) if able else ()  # fmt: skip
    ranked = [able[place].id for place in order]
    rest = [one.id for one in open_cells if one.id not in set(ranked)]
    return (*ranked, *rest, *(one.id for one in here))


def _nearest_cosine(unit: np.ndarray, labeled: np.ndarray) -> float:
    if not labeled.size:
        return 0.0
    lengths = np.linalg.norm(labeled, axis=1) * max(1e-30, float(np.linalg.norm(unit)))
    return float(((labeled @ unit) / np.maximum(lengths, 1e-30)).max())


def _doubt(cell: CaseCell) -> float:
    finding = cell.finding
    return doubt(finding.probability, None if finding.naming is None else finding.naming.probabilities)
