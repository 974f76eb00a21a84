"""What a network sees in cells of cases: read from the store, or asked of the engine once and kept."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from leukoscope.cases.cell_features import CellFeatures
from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cells import CellImage
from leukoscope.domain.errors import LeukoScopeError, SiteError
from leukoscope.domain.findings import BundleId
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.site_profiles import unmarked
from leukoscope.inference.library import InstalledBundle
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.model_panel import ModelPanel

logger = logging.getLogger(__name__)

AT_ONCE = 64
"""Cells that are asked about and kept together: what is stopped or lost costs no more."""
Features = NDArray[np.float16]


def comparing_bundle(bundles: Sequence[InstalledBundle]) -> InstalledBundle:
    """The bundle by whose features cells are compared: the one that names cells, else the first network.

    Raises
    ------
    SiteError
        When there is none that gives its features.
    """
    able = [one for one in bundles if one.is_network and one.manifest.novelty is not None]
    found = next((one for one in able if one.manifest.kind == "differential"), next(iter(able), None))
    if found is None:
        raise SiteError("None of the chosen models can compare cells; choose the differential on the Models page.")
    return found


def content_of(frame: CaseFrame, cell: CaseCell) -> str:
    """SHA-256 of all that a cell is cut out by: its image, box, outline and scale."""
    found = cell.finding.cell
    box = found.box
    scale = frame.um_per_px, frame.estimated_um_per_px
    where = json.dumps([frame.sha256, box.x, box.y, box.width, box.height, *scale, sorted(found.flags)])
    return hashlib.sha256(where.encode("ascii") + np.packbits(found.mask, axis=None).tobytes()).hexdigest()


class FeatureReader:
    """Gives features of cells.

    Parameters
    ----------
    repository
        The cases.
    panel
        Gives the models that judge.
    """

    def __init__(self, repository: CaseRepository, panel: Callable[[], ModelPanel]) -> None:
        self._repository, self._panel = repository, panel

    @property
    def bundle(self) -> BundleId:
        """Whose features they are. A site profile changes heads, not features, and is no part of it."""
        manifest = comparing_bundle(self._panel().bundles).manifest
        return BundleId(manifest.name, unmarked(manifest.version), manifest.model_sha256)

    def of_cells(
        self,
        cells: Iterable[tuple[CaseFrame, CaseCell]],
        cancel: CancelToken | None = None,
        on_cell: Callable[[int], None] = lambda _done: None,
    ) -> dict[int, Features]:
        """Features by the key of the cell, shape (d,); a cell that cannot be read or judged is left out.

        Parameters
        ----------
        cells
            Each with its image.
        cancel
            Set it to stop; what was asked until then is kept.
        on_cell
            Told how many are done.

        Raises
        ------
        SiteError, BundleError, EngineError, StoreError, CancelledError
            As the models and the store do.
        """
        token, bundle, store = cancel or CancelToken(), self.bundle, self._repository.store.features
        wanted = {cell.id: (frame, cell) for frame, cell in cells}
        found = store.read(bundle, wanted)
        missing = [wanted[one] for one in wanted if one not in found]
        for first in range(0, len(missing), AT_ONCE):
            token.raise_if_cancelled()
            on_cell(len(found))
            portion = missing[first : first + AT_ONCE]
            contents = {cell.id: content_of(frame, cell) for frame, cell in portion}
            alike: Mapping[str, Features] = store.alike(bundle, set(contents.values()))
            made = {cell_id: alike[content] for cell_id, content in contents.items() if content in alike}
            made |= self._asked([one for one in portion if one[1].id not in made], bundle, token)
            store.put(bundle, [CellFeatures(one, contents[one], vector) for one, vector in made.items()])
            found |= made
        return found

    def _asked(
        self, cells: Sequence[tuple[CaseFrame, CaseCell]], bundle: BundleId, cancel: CancelToken
    ) -> dict[int, Features]:
        there = [(cell.id, image) for frame, cell in cells if (image := self._cut(frame, cell)) is not None]
        if not there:
            return {}
        images = [image for _, image in there]
        said = self._panel().judge(images, bundles=[bundle.name], maps=False, cancel=cancel, features=True)
        vectors = zip(there, map(_features_in, said), strict=True)
        return {cell_id: vector.astype(np.float16) for (cell_id, _), vector in vectors if vector is not None}

    def _cut(self, frame: CaseFrame, cell: CaseCell) -> CellImage | None:
        try:
            return self._repository.cell_image(frame, cell)
        except LeukoScopeError as error:
            logger.warning("a cell is not compared: %s", error.detail)
            return None


def _features_in(said: Judgement) -> NDArray[np.float32] | None:
    if said.naming is not None and said.naming.features is not None:
        return said.naming.features
    return next((one.features for one in said.opinions if one.features is not None), None)
