"""Opinion: what one bundle says of one Cell; Finding: all opinions combined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cell_classes import CELL_CLASSES, ERYTHROBLAST, Family
from leukoscope.domain.cells import Box, Cell, CellImage
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.morphology import MeasuredFigure


class Label(StrEnum):
    """The three verdicts on a Cell."""

    LEUKEMIC = "leukemic"
    HEALTHY = "healthy"
    UNSURE = "unsure"


class UnsureReason(StrEnum):
    """Why the program abstains."""

    IMAGE_QUALITY = "image-quality"
    FOREIGN = "unlike-any-known-cell"
    NOVELTY = "unlike-training-data"
    DISAGREEMENT = "models-disagree"
    BAND = "inside-unsure-band"
    PRECURSOR = "precursor"
    NO_WHITE_CELL = "no-white-cell"
    UNNAMED = "unnamed"

    @property
    def sentence(self) -> str:
        """The reason in plain words, for screen and report."""
        return {
            UnsureReason.IMAGE_QUALITY: "The image is not good enough to be judged.",
            UnsureReason.FOREIGN: "The cell is unlike anything that the program knows.",
            UnsureReason.NOVELTY: "The cell is unlike the mononuclear cells that the leukemia models know.",
            UnsureReason.DISAGREEMENT: "The models disagree.",
            UnsureReason.BAND: "The cell is neither clearly leukemic nor clearly healthy.",
            UnsureReason.PRECURSOR: "The cell looks like a precursor; a person has to name it.",
            UnsureReason.NO_WHITE_CELL: "This does not look like a white blood cell.",
            UnsureReason.UNNAMED: "The program cannot say what kind of cell this is.",
        }[self]


@dataclass(frozen=True, eq=False)
class ExplanationMap:
    """Where in a CellImage an Opinion comes from.

    Parameters
    ----------
    name
        Unique within the Opinion, stable, fit for a file name: ``efficientnet-lite0``, ``attention``.
    kind
        How it was made.
    values
        Shape (rows, columns), float32. Of a signed kind: positive speaks for leukemic, negative for healthy (the sum
        of Grad-CAM before its ReLU). Of another: never negative; attention sums to 1.
    maximum
        The layer's calibrated maximum (> 0): the top of the fixed color scale.
    extent
        The part of the CellImage that the map covers, in CellImage pixels.
    """

    name: str
    kind: MapKind
    values: NDArray[np.float32]
    maximum: float
    extent: Box

    def evidence(self, label: Label) -> NDArray[np.float32]:
        """Map of what speaks for a label, on the fixed scale: shape (rows, columns), float32, 0..1.

        Of a signed kind this is ``ReLU(sign * values) / maximum`` (Selvaraju et al. 2017, with the explicit target
        that a one-sigmoid head needs: the healthy class flips the sign). Another kind has no target.
        """
        sign = -1.0 if self.kind.signed and label is Label.HEALTHY else 1.0
        scaled: NDArray[np.float32] = np.clip(sign * self.values / self.maximum, 0.0, 1.0).astype(np.float32)
        return scaled


@dataclass(frozen=True)
class BundleId:
    """Which model version spoke."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Thresholds:
    """Where probability becomes a label: healthy below ``low``, leukemic above ``high``, unsure between."""

    low: float
    high: float

    def label(self, probability: float) -> Label:
        """Label of one calibrated probability of leukemic (0..1)."""
        if probability > self.high:
            return Label.LEUKEMIC
        return Label.HEALTHY if probability < self.low else Label.UNSURE


@dataclass(frozen=True, eq=False)
class Opinion:
    """One bundle's calibrated probability and explanation maps for one Cell.

    Parameters
    ----------
    bundle
        Which model version spoke.
    logit
        Raw output before calibration.
    probability
        Calibrated probability of leukemic, 0..1.
    thresholds
        The bundle's unsure band.
    maps
        Why; empty when maps were not asked for.
    novelty
        Distance from the training cells over the calibrated limit: above 1 is unlike the training data;
        ``None`` when the bundle carries no reference.
    figures
        What was measured and what each figure says; empty for an opinion of a network.
    features
        What enters the network's head, shape (n,), float32; ``None`` unless asked for, and never stored.
    """

    bundle: BundleId
    logit: float
    probability: float
    thresholds: Thresholds
    maps: tuple[ExplanationMap, ...] = ()
    novelty: float | None = None
    figures: tuple[MeasuredFigure, ...] = ()
    features: NDArray[np.float32] | None = None

    @property
    def label(self) -> Label:
        """What this bundle alone would say."""
        return self.thresholds.label(self.probability)

    @property
    def leaning(self) -> Label:
        """The side of the band's middle that the probability lies on; never unsure."""
        middle = (self.thresholds.low + self.thresholds.high) / 2
        return Label.LEUKEMIC if self.probability >= middle else Label.HEALTHY


@dataclass(frozen=True)
class Attribute:
    """One morphological attribute that a differential bundle reads off a cell, with its calibrated probability."""

    name: str
    value: str
    probability: float


@dataclass(frozen=True, eq=False)
class Naming:
    """What one differential bundle says a Cell is.

    Parameters
    ----------
    bundle
        Which model version spoke.
    probabilities
        Code of each cell class that the bundle knows -> calibrated probability; they sum to 1.
    confident
        From this probability on the bundle names a cell as it names this one.
    gate
        From this probability of *granulocyte, erythroblast or no white cell* on, the leukemia models are not asked.
    attributes
        What else it reads off the cell; empty when the bundle reads nothing.
    maps
        Why the cell is named so: evidence for the named class; empty when maps were not asked for.
    novelty
        Distance from all cells that the bundle knows over its calibrated limit; ``None`` without a reference.
    features
        What enters the network's head, shape (n,), float32; ``None`` unless asked for, and never stored.
    """

    bundle: BundleId
    probabilities: Mapping[str, float]
    confident: float
    gate: float
    attributes: tuple[Attribute, ...] = ()
    maps: tuple[ExplanationMap, ...] = ()
    novelty: float | None = None
    features: NDArray[np.float32] | None = None

    @property
    def code(self) -> str:
        """The most probable class."""
        return max(self.probabilities, key=lambda code: self.probabilities[code])

    @property
    def probability(self) -> float:
        """Probability of the most probable class."""
        return self.probabilities[self.code]

    @property
    def is_confident(self) -> bool:
        """Whether the cell is named, rather than guessed at."""
        return self.probability >= self.confident

    @property
    def kept_out(self) -> bool:
        """Whether the leukemia models are not asked about this cell (see :func:`spared_probability`)."""
        return spared_probability(self.probabilities) >= self.gate


def spared_probability(probabilities: Mapping[str, float]) -> float:
    """Probability that a cell is none of those among which blasts hide or that are told from blasts with difficulty.

    Granulocytes, erythroblasts and what is no white cell; an immature granulocyte is a precursor that looks like a
    blast, so its probability does not keep a cell from the leukemia models.
    """
    return sum(probability for code, probability in probabilities.items() if code in _SPARED)


def figures_in(opinions: Iterable[Opinion]) -> tuple[MeasuredFigure, ...]:
    """The figures that an opinion rests on; empty when none does."""
    return next((opinion.figures for opinion in opinions if opinion.figures), ())


_SPARED = frozenset(
    code
    for code, known in CELL_CLASSES.items()
    if known.family in (Family.GRANULOCYTE, Family.NO_LEUKOCYTE) or code == ERYTHROBLAST
)


@dataclass(frozen=True, eq=False)
class Finding:
    """All opinions on one Cell combined.

    Parameters
    ----------
    cell
        The cell that was judged.
    opinions
        One for each leukemia bundle, in the order asked for; empty for a cell that they were not asked about.
    label
        The combined label.
    probability
        Combined calibrated probability of leukemic, 0..1; ``None`` when no leukemia model was asked.
    thresholds
        The band that was applied to the combined probability.
    unsure
        Why the program abstains, most serious first; empty when it does not.
    cell_image
        What the models saw; ``None`` once stored (it is cut out again from the Frame when somebody looks).
    naming
        What the cell is; ``None`` when no differential bundle was asked, as in cases of earlier versions.
    measured
        Figures of shape where no opinion rests on them: they are measured on every cell, and say nothing of leukemia
        on one that the leukemia models were not asked about. See :attr:`figures`.
    """

    cell: Cell
    opinions: tuple[Opinion, ...]
    label: Label
    probability: float | None
    thresholds: Thresholds
    unsure: tuple[UnsureReason, ...] = ()
    cell_image: CellImage | None = None
    naming: Naming | None = None
    measured: tuple[MeasuredFigure, ...] = ()

    @property
    def figures(self) -> tuple[MeasuredFigure, ...]:
        """What was measured on the cell, whether an opinion rests on it or not."""
        return figures_in(self.opinions) or self.measured

    @property
    def agree(self) -> bool:
        """Whether all opinions lean the same way."""
        return len({o.leaning for o in self.opinions}) <= 1
