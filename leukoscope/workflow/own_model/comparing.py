"""Two models on the same labeled cells: figures of each, what the second gains, and the cells they part on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.errors import SiteError
from leukoscope.domain.findings import Label
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.labels import verdict_of
from leukoscope.domain.morphology import FIGURES
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.site_labels import LabeledCell
from leukoscope.inference.engine import EngineState
from leukoscope.inference.library import InstalledBundle
from leukoscope.site.cells import UNKNOWN, SiteCells
from leukoscope.site.proof import Proof, compare
from leukoscope.site.speaking import Spoken, spoken
from leukoscope.workflow.model_panel import ModelPanel, make_panel

AT_ONCE = 32
MODELS_COMPARED = "models compared"
"""What the audit trail says."""


@dataclass(frozen=True)
class Parted:
    """One cell of which two models say different things.

    Parameters
    ----------
    source
        Where it lies, for people of the lab.
    said
        What people say of it.
    first, second
        What each model says: a verdict, or a class of cells.
    """

    source: str
    said: str
    first: str
    second: str

    @property
    def better(self) -> bool | None:
        """Whether the second is right where the first was not; ``None`` where neither is."""
        right = {self.said, _verdict_of(self.said)}
        if self.second in right:
            return True
        return False if self.first in right else None


@dataclass(frozen=True)
class ModelComparison:
    """What comparing came to; the first model stands where the shipped ones stand in a proof.

    Parameters
    ----------
    names
        Of both.
    proof
        Figures with their intervals over patients.
    parted
        Cells of which they say different things.
    cells
        How many were judged by both.
    """

    names: tuple[str, str]
    proof: Proof
    parted: tuple[Parted, ...]
    cells: int


def compare_models(
    cells: Iterable[LabeledCell],
    bundles: tuple[InstalledBundle, InstalledBundle],
    graphs: Path,
    *,
    on_cell: Callable[[int], None] = lambda _done: None,
    on_state: Callable[[EngineState], None] | None = None,
    cancel: CancelToken | None = None,
) -> ModelComparison:
    """Ask two models about labeled cells, each alone.

    Parameters
    ----------
    cells
        Pulled in portions.
    bundles
        The two; they need not be among those that judge.
    graphs
        Folder of compiled graphs.
    on_cell, on_state, cancel
        Told how many cells are done and what the engine does; asked whether to stop.

    Raises
    ------
    SiteError
        When it is one model twice, when one names cells and the other judges them, or when no cell could be judged.
    BundleError, EngineError, CancelledError
        As the engine does.
    """
    first, second = bundles
    if first.manifest.name == second.manifest.name:
        raise SiteError("Choose two models: one cannot be compared with itself.")
    if (first.manifest.kind == "differential") != (second.manifest.kind == "differential"):
        raise SiteError("One of these models names cells and the other judges them; there is nothing to compare.")
    panel = make_panel(bundles, graphs, on_state)
    rows: list[tuple[LabeledCell, Judgement, Judgement]] = []
    source = iter(cells)
    try:
        while portion := list(itertools.islice(source, AT_ONCE)):
            rows += _asked(portion, panel, cancel)
            on_cell(len(rows))
    finally:
        panel.close()
    return compared((first.manifest.name, second.manifest.name), rows)


def _asked(
    portion: Sequence[LabeledCell], panel: ModelPanel, cancel: CancelToken | None
) -> list[tuple[LabeledCell, Judgement, Judgement]]:
    images = [cell.image for cell in portion]
    said = [
        list(panel.judge(images, bundles=[bundle.manifest.name], maps=False, cancel=cancel)) for bundle in panel.bundles
    ]
    return [
        (replace(cell, image=replace(cell.image, pixels=cell.image.pixels[:1, :1])), one, other)
        for cell, one, other in zip(portion, *said, strict=True)
        if not one.is_empty and not other.is_empty
    ]


def compared(names: tuple[str, str], rows: Sequence[tuple[LabeledCell, Judgement, Judgement]]) -> ModelComparison:
    """The figures of two models from what they said of each cell. Pure.

    Raises
    ------
    SiteError
        Without a cell.
    """
    if not rows:
        raise SiteError("No labeled cell could be judged; check that the pictures show stained white cells.")
    sides = {Label.LEUKEMIC: 1, Label.HEALTHY: 0}
    cells, n = [cell for cell, _, _ in rows], len(rows)
    arrays = SiteCells(
        tuple(cell.source for cell in cells),
        np.array([cell.subject for cell in cells], np.str_),
        np.array([sides.get(cell.said.counts_as or Label.UNSURE, UNKNOWN) for cell in cells], np.int64),
        np.array([cell.said.code or "" for cell in cells], np.str_),
        {},
        np.full((n, len(FIGURES)), np.nan),
        tuple(one for _, one, _ in rows),
        np.full(n, np.nan),
    )
    parted = [
        Parted(cell.source, cell.said.word, _word(spoken(one)), _word(spoken(other))) for cell, one, other in rows
    ]
    proof = compare(arrays, [other for _, _, other in rows])
    return ModelComparison(names, proof, tuple(one for one in parted if one.first != one.second), n)


def _word(said: Spoken) -> str:
    return said.code or "none" if said.probability is None else said.finding.label.value


def _verdict_of(word: str) -> str:
    """The verdict that a class of cells stands for: ``lymphocyte`` is healthy."""
    side = verdict_of(word) if word in CELL_CLASSES else None
    return "" if side is None else side.value
