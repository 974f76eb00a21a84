"""Try a foreign model's maps before anybody goes by them. Runs in a child process only.

Three questions, each with its own measure. Does a map show the model at all: it must change when the weights are
shuffled (Adebayo et al. 2018, "Sanity checks for saliency maps"). Does it show what the answer depends on: pixels taken
away in its order, strongest first, must change the answer sooner than in a random order or in that of a plain disc, and
given back they must bring it back sooner (deletion and insertion, Petsiuk et al. 2018). Does it lie on the cell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cuts import Cutting
from leukoscope.domain.frames import Pixels
from leukoscope.inference.graph import Outputs, answer_only, request_of, run_graph
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.manifest import ExplanationLayer, Manifest
from leukoscope.inference.map_schema import Contest, MapTrial
from leukoscope.inference.masking import (
    Map,
    Mask,
    blurred,
    disc,
    mask_of,
    mean_filled,
    rank_correlation,
    ranks_of,
    share_inside,
)
from leukoscope.inference.opinions import LOGIT, map_output
from leukoscope.inference.original import Original
from leukoscope.inference.preprocessing import model_input
from leukoscope.inference.probes import probe_pixels

if TYPE_CHECKING:
    import openvino as ov

BUDGET_S = 6.0
FEWEST, MOST = 4, 12
"""Cells: as many as the budget allows, but at least so many however slow the model is."""
SHARES = (0.1, 0.25, 0.5, 0.75)
"""Of the cell's pixels, at which the answer is looked at between nothing and all."""
EMPTY = 0.05
"""Of the color scale's top; a map that stays below it looks empty."""
DEAF = 0.01
"""A probability that changes by less on every cell does not depend on the cell's pixels."""
_SEED = 1


@dataclass(frozen=True, eq=False)
class _Cell:
    """One cell on the canvas of the model, what the model says of it, and the part of the canvas that it sees."""

    pixels: Pixels
    mask: Mask
    outputs: Outputs
    seen: slice

    @property
    def sign(self) -> float:
        """1 where the model says leukemic, -1 where healthy."""
        return 1.0 if float(self.outputs[LOGIT].reshape(-1)[0]) >= 0 else -1.0

    @property
    def inner(self) -> Mask:
        """The mask in the square that the maps show."""
        return self.mask[self.seen, self.seen]

    def evidence(self, layer: ExplanationLayer) -> Map:
        """The map, turned so that what speaks for the model's answer is positive: (rows, columns)."""
        values = self.outputs[map_output(layer.name)][0]
        return np.asarray(values * np.float32(self.sign if layer.kind.signed else 1.0), np.float32)

    def order(self, values: Map) -> Map:
        """In which order a map's pixels come, on the whole canvas; 2 beyond the cell."""
        whole = np.full(self.mask.shape, 2.0, np.float32)
        whole[self.seen, self.seen] = ranks_of(values, self.inner)
        return whole


def try_maps(
    graph: ov.Model, original: Original, manifest: Manifest, cells: Sequence[Pixels]
) -> tuple[ExplanationLayer, ...]:
    """The manifest's maps with what trying them showed.

    Parameters
    ----------
    graph
        Compiled of the model.
    original
        The model itself. Its weights are shuffled: it is of no use afterwards.
    manifest
        With the color scales of its maps.
    cells
        Cut out on black, each (450, 450, 3), uint8, RGB; without any the probe pictures.
    """
    if manifest.kind != "network" or not manifest.explanations:
        return manifest.explanations
    request, short = request_of(graph), request_of(answer_only(graph))

    def run(pixels: Pixels) -> Outputs:
        return run_graph(request, model_input(pixels, manifest.preprocessing))

    def logit(pixels: Pixels) -> float:
        # Most runs ask for the answer alone: the way back to the maps would take twice as long again.
        return float(run_graph(short, model_input(pixels, manifest.preprocessing))[LOGIT].reshape(-1)[0])

    views = [_on_canvas(one, manifest.preprocessing) for one in cells] or [
        probe_pixels(seed, manifest.preprocessing.canvas) for seed in range(MOST)
    ]
    logit(views[0])
    start = time.monotonic()
    logit(views[0])
    seconds = time.monotonic() - start
    runs = 2 * len(SHARES) * (len(manifest.explanations) + 2) + 3
    count = min(len(views), MOST, max(FEWEST, int(BUDGET_S / (seconds * runs))))
    seen = _seen_side(manifest.preprocessing)
    tried = [_Cell(view, mask_of(view), run(view), seen) for view in views[:count]]
    contests = _contests(tried, manifest, logit)
    shuffled = _with_shuffled_weights(tried, original, manifest)
    return tuple(
        layer.model_copy(update={"trial": _trial(layer, tried, contests.get(layer.name), shuffled)})
        for layer in manifest.explanations
    )


def _on_canvas(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """Cut or pad with black about the middle, to the canvas of the model; a whole field stays as it is."""
    if preprocessing.cut_out is Cutting.WHOLE:
        return pixels
    side, own = preprocessing.canvas, pixels.shape[0]
    kept, offset = min(side, own), (own - min(side, own)) // 2
    out = np.zeros((side, side, 3), np.uint8)
    start = (side - kept) // 2
    out[start : start + kept, start : start + kept] = pixels[offset : offset + kept, offset : offset + kept]
    return out


def _seen_side(preprocessing: Preprocessing) -> slice:
    """Rows, and columns, of the canvas that the model sees and its maps show."""
    if preprocessing.cut_out is Cutting.WHOLE:
        return slice(None)
    offset = (preprocessing.canvas - preprocessing.crop) // 2
    return slice(offset, offset + preprocessing.crop)


def _trial(
    layer: ExplanationLayer,
    cells: Sequence[_Cell],
    contest: tuple[Contest, Contest] | None,
    shuffled: Sequence[Outputs],
) -> MapTrial:
    evidence = [np.maximum(cell.evidence(layer), 0) for cell in cells]
    full = [values for values in evidence if float(values.max()) >= EMPTY * layer.maximum]
    shares = [share_inside(values, cell.inner) for values, cell in zip(evidence, cells, strict=True)]
    name = map_output(layer.name)
    alike = [
        rank_correlation(cell.outputs[name][0], other[name][0]) for cell, other in zip(cells, shuffled, strict=False)
    ]
    return MapTrial(
        cells=len(cells),
        empty=len(cells) - len(full),
        on_cell=_mean(shares),
        filled=float(np.mean([cell.inner.mean() for cell in cells])),
        random_weights=_mean(alike),
        deletion=contest[0] if contest else None,
        insertion=contest[1] if contest else None,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.clip(np.mean(known), -1, 1)) if known else None


def _contests(
    cells: Sequence[_Cell], manifest: Manifest, logit: Callable[[Pixels], float]
) -> Mapping[str, tuple[Contest, Contest]]:
    """Layer -> deletion and insertion; empty where no answer changes when the whole cell is taken away."""
    rng = np.random.default_rng(_SEED)
    played = [_Rounds(cell, logit) for cell in cells]
    if max(one.change for one in played) < DEAF:
        return {}
    wins: dict[str, list[tuple[bool, bool, bool, bool]]] = {layer.name: [] for layer in manifest.explanations}
    for one in played:
        maps = {layer.name: one.cell.evidence(layer) for layer in manifest.explanations}
        # As coarse as the model's own maps: only the places differ, not how they hang together.
        chance = one.areas(rng.random(next(iter(maps.values())).shape).astype(np.float32))
        plain = one.areas(disc(one.cell.inner))
        for name, values in maps.items():
            deletion, insertion = one.areas(values)
            wins[name].append((deletion < chance[0], deletion < plain[0], insertion > chance[1], insertion > plain[1]))
    sums = {name: np.sum(won, axis=0).tolist() for name, won in wins.items()}
    return {name: (Contest(chance=a, disc=b), Contest(chance=c, disc=d)) for name, (a, b, c, d) in sums.items()}


class _Rounds:
    """One cell, from whole to gone and from blurred to whole, in any order."""

    def __init__(self, cell: _Cell, logit: Callable[[Pixels], float]) -> None:
        self.cell, self._logit = cell, logit
        mask = np.zeros_like(cell.mask)
        mask[cell.seen, cell.seen] = cell.inner
        self._gone, self._soft = mean_filled(cell.pixels, mask), blurred(cell.pixels, cell.mask)
        self._ends = self._said(cell.pixels), self._said(self._gone), self._said(self._soft)

    @property
    def change(self) -> float:
        """By how much the answer's probability changes when the cell is gone, or blurred."""
        whole, gone, soft = self._ends
        return max(abs(whole - gone), abs(whole - soft))

    def areas(self, values: Map) -> tuple[float, float]:
        """Areas under the curves of deletion and of insertion in a map's order."""
        order = self.cell.order(values)
        whole, gone, soft = self._ends
        return (
            self._area(self.cell.pixels, self._gone, order, (whole, gone)),
            self._area(self._soft, self.cell.pixels, order, (soft, whole)),
        )

    def _area(self, start: Pixels, end: Pixels, order: Map, ends: tuple[float, float]) -> float:
        between = [self._said(np.where((order < share)[..., None], end, start)) for share in SHARES]
        return float(np.trapezoid([ends[0], *between, ends[1]], [0.0, *SHARES, 1.0]))

    def _said(self, pixels: Pixels) -> float:
        """Probability of the answer that the model gave of the whole cell."""
        return float(0.5 * (1 + np.tanh(0.5 * self.cell.sign * self._logit(pixels))))


def _with_shuffled_weights(cells: Sequence[_Cell], original: Original, manifest: Manifest) -> list[Outputs]:
    """What the model says of the cells when the values of each of its weights have changed places.

    Shuffling keeps the spread of every layer, so that nothing overflows; what was learned is gone.
    """
    rng = np.random.default_rng(_SEED)
    for variable in original.model.variables:
        values: NDArray[np.float32] = np.asarray(variable)
        if values.size > 1 and np.issubdtype(values.dtype, np.floating):
            flat = values.ravel()
            shuffled = rng.permutation(flat)
            # Few values may come to lie where they were.
            moved = np.roll(flat, 1) if np.array_equal(shuffled, flat) else shuffled
            variable.assign(moved.reshape(values.shape))
    return [original(model_input(cell.pixels, manifest.preprocessing)) for cell in cells]
