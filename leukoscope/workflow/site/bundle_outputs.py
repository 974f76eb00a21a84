"""Asks the shipped bundles about labeled cells, all of them about each cell, and gathers what they say as arrays."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from leukoscope.domain.errors import SiteError
from leukoscope.domain.findings import BundleId, Label
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.morphology import FIGURES
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.site_labels import LabeledCell
from leukoscope.imaging.morphology import measure
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.opinions import bundle_id
from leukoscope.site.cells import UNKNOWN, NetworkView, SiteCells
from leukoscope.workflow.model_panel import ModelPanel

AT_ONCE = 32
_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class _Row:
    cell: LabeledCell
    figures: dict[str, float]
    said: Judgement


def ask(
    cells: Iterable[LabeledCell],
    panel: ModelPanel,
    *,
    cancel: CancelToken | None = None,
    on_cell: Callable[[int], None] = lambda _done: None,
) -> SiteCells:
    """Ask every bundle of the panel about every cell, with no gate between them.

    Parameters
    ----------
    cells
        Pulled in portions.
    panel
        Of the shipped bundles, without a site profile.
    cancel
        Set it to stop.
    on_cell
        Told how many cells are done.

    Raises
    ------
    SiteError
        When there are no cells, or a bundle keeps what enters its head to itself.
    BundleError, EngineError, CancelledError
        As the panel does.
    """
    rows: list[_Row] = []
    source = iter(cells)
    while portion := list(itertools.islice(source, AT_ONCE)):
        rows += [row for row in _judged(portion, panel, cancel) if _is_whole(row, panel.networks)]
        on_cell(len(rows))
    if not rows:
        raise SiteError("No labeled cell could be judged; check that the pictures show stained white cells.")
    return _arrays(rows, panel.networks)


def _judged(portion: Sequence[LabeledCell], panel: ModelPanel, cancel: CancelToken | None) -> Iterator[_Row]:
    images = [cell.image for cell in portion]
    kinds = {bundle.manifest.name: bundle.manifest.kind for bundle in panel.bundles}
    namers = [name for name, kind in kinds.items() if kind == "differential"]
    others = [name for name in kinds if name not in namers]
    said = list(panel.judge(images, bundles=others, maps=False, cancel=cancel, features=True))
    names = [Judgement()] * len(images)
    if namers:
        names = list(panel.judge(images, bundles=namers, maps=False, cancel=cancel, features=True))
    for cell, opinions, naming in zip(portion, said, names, strict=True):
        both = replace(opinions, naming=naming.naming)
        yield _Row(replace(cell, image=replace(cell.image, pixels=cell.image.pixels[:1, :1])),
                   dict(measure(cell.image).values), both)  # fmt: skip


def _is_whole(row: _Row, networks: Sequence[InstalledBundle]) -> bool:
    """Whether all networks said something of the cell; one that cost the engine is left out."""
    spoken = {opinion.bundle.name for opinion in row.said.opinions if opinion.features is not None}
    if row.said.naming is not None and row.said.naming.features is not None:
        spoken.add(row.said.naming.bundle.name)
    for bundle in networks:
        if bundle.manifest.novelty is None:
            message = f"The model “{bundle.manifest.name}” cannot be taught: it has no reference of what it knows."
            raise SiteError(message)
    return {bundle.manifest.name for bundle in networks} <= spoken


def _arrays(rows: Sequence[_Row], networks: Sequence[InstalledBundle]) -> SiteCells:
    verdicts = {Label.LEUKEMIC: 1, Label.HEALTHY: 0}
    nan = float("nan")
    return SiteCells(
        tuple(row.cell.source for row in rows),
        np.array([row.cell.subject for row in rows], np.str_),
        np.array([verdicts.get(row.cell.said.counts_as or Label.UNSURE, UNKNOWN) for row in rows], np.int64),
        np.array([row.cell.said.code or "" for row in rows], np.str_),
        {bundle.manifest.name: _view(rows, bundle) for bundle in networks},
        np.array([[row.figures.get(figure.code, nan) for figure in FIGURES] for row in rows], np.float64),
        tuple(_without_features(row.said) for row in rows),
        np.array([nan if row.cell.um_per_px is None else row.cell.um_per_px for row in rows], np.float64),
    )


def _view(rows: Sequence[_Row], bundle: InstalledBundle) -> NetworkView:
    manifest = bundle.manifest
    identity: BundleId = bundle_id(manifest)
    if manifest.kind == "differential":
        namings = [row.said.naming for row in rows if row.said.naming is not None]
        features = np.array([one.features for one in namings], np.float64)
        shares = np.array([[one.probabilities[code] for code in manifest.classes] for one in namings], np.float64)
        return NetworkView(identity, features, np.log(np.maximum(shares, _TINY)), manifest.classes)
    opinions = [next(one for one in row.said.opinions if one.bundle == identity) for row in rows]
    features = np.array([one.features for one in opinions], np.float64)
    shares = np.clip([one.probability for one in opinions], _TINY, 1 - _TINY)
    return NetworkView(identity, features, np.log(shares / (1 - shares)))


def _without_features(said: Judgement) -> Judgement:
    naming = None if said.naming is None else replace(said.naming, features=None)
    return replace(said, opinions=tuple(replace(one, features=None) for one in said.opinions), naming=naming)
