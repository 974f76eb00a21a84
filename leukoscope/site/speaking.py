"""What the program would say of cells with a lesson in force: the same judgements that the engine gives with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from leukoscope.domain.cells import Box, Cell
from leukoscope.domain.findings import Finding, Naming, Opinion, Thresholds
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.quality import QualityReport
from leukoscope.domain.site_profiles import Pooling
from leukoscope.inference.decision import combine, decide
from leukoscope.inference.namings import softmax
from leukoscope.inference.opinions import NoveltyReference
from leukoscope.site.cells import SiteCells, Values
from leukoscope.site.fit import Lesson
from leukoscope.site.logistic import sigmoid
from leukoscope.site.novelty import distances

_ANY_CELL = Cell(Box(0, 0, 1, 1), np.ones((1, 1), np.bool_), "")


@dataclass(frozen=True)
class Spoken:
    """What is said of one cell: by the leukemia bundles with no gate before them, of its class, and in the end."""

    probability: float | None
    code: str | None
    finding: Finding


def spoken(said: Judgement) -> Spoken:
    """What a judgement comes to; the gate is applied to the finding, not to the probability."""
    probability = combine(said.opinions, said.pooling)[0] if said.opinions else None
    gated = said if said.naming is None or not said.naming.kept_out else replace(said, opinions=())
    finding = decide(_ANY_CELL, gated, QualityReport(()))
    return Spoken(probability, None if said.naming is None else said.naming.code, finding)


def taught_judgements(cells: SiteCells, lesson: Lesson) -> tuple[Judgement, ...]:
    """The judgements of cells with a lesson in force."""
    opinions = [list(said.opinions) for said in cells.shipped]
    namings = [said.naming for said in cells.shipped]
    pooling = _teach_opinions(cells, lesson, opinions)
    _teach_names(cells, lesson, namings)
    _measure_novelty(cells, lesson.novelty, opinions, namings)
    return tuple(
        Judgement(tuple(several), naming, pooling=pooling) for several, naming in zip(opinions, namings, strict=True)
    )


def _teach_opinions(cells: SiteCells, lesson: Lesson, opinions: list[list[Opinion]]) -> Pooling | None:
    taught = lesson.leukemia
    if taught is None:
        return None
    logits = taught.logits(cells)
    probabilities = sigmoid(logits)
    columns = {name: place for place, name in enumerate(taught.order)}
    for row, several in enumerate(opinions):
        for place, one in enumerate(several):
            column = columns[one.bundle.name]
            band = taught.bands[one.bundle.name]
            several[place] = replace(
                one,
                logit=float(logits[row, column]),
                probability=float(probabilities[row, column]),
                thresholds=Thresholds(band.low, band.high),
            )
    weights = {name: float(taught.pool.weights[place]) for name, place in columns.items()}
    return Pooling(weights, taught.pool.bias, Thresholds(taught.band.low, taught.band.high))


def _teach_names(cells: SiteCells, lesson: Lesson, namings: list[Naming | None]) -> None:
    view, taught = cells.differential, lesson.names
    if view is None or taught is None:
        return
    shares: Values = softmax(taught.classes.head.logits(view.features, view.logits))
    for row, naming in enumerate(namings):
        if naming is None:
            continue
        probabilities = {code: float(share) for code, share in zip(view.classes, shares[row], strict=True)}
        changed = replace(naming, probabilities=probabilities)
        namings[row] = replace(changed, confident=taught.rule.confident_of(changed.code))


def _measure_novelty(
    cells: SiteCells,
    references: Mapping[str, NoveltyReference],
    opinions: list[list[Opinion]],
    namings: list[Naming | None],
) -> None:
    for name, reference in references.items():
        off = distances(reference, cells.networks[name].features)
        for row, several in enumerate(opinions):
            new = float(off[row])
            opinions[row] = [replace(one, novelty=new) if one.bundle.name == name else one for one in several]
            naming = namings[row]
            if naming is not None and naming.bundle.name == name:
                namings[row] = replace(naming, novelty=new)
