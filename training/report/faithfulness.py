"""Do the maps show what the network goes by? Deletion and insertion (Petsiuk et al. 2018) against simple maps.

Pixels of the cell are taken in the order of the map, strongest first. Deletion fills them with the cell's mean color
and watches the probability of the class that was said: it should fall early, so a small area under the curve is good.
Insertion starts from the blurred cell and gives the pixels back: a large area is good. The background is never touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.inference.masking import blurred, disc, mean_filled, ranks_of
from training.activations import network_input
from training.augment import cell_mask
from training.calibrate import probabilities
from training.metrics import Labels, Values, resampled
from training.report.content import with_intervals
from training.report.fold_networks import FoldNetwork
from training.report.held_out import HeldOut
from training.report.maps import title_of
from training.report.pixels import CellSource, balanced_sample

Say = Callable[[str], None]
Map = NDArray[np.float32]
SHARES = tuple(step / 10 for step in range(11))
RANDOM, DISC = "random", "disc"
_TITLES = {RANDOM: "Random map", DISC: "Disc about the middle of the cell"}
FILLS = {"deletion": "the cell's mean color", "insertion": "the blurred cell"}


@dataclass(frozen=True, eq=False)
class _Curves:
    """Map -> (cells, shares): probability of the class that was said, as pixels are deleted and inserted."""

    labels: Labels
    subjects: NDArray[np.str_]
    deletion: dict[str, Values]
    insertion: dict[str, Values]


def faithfulness(
    cells: HeldOut, source: CellSource, networks: dict[int, FoldNetwork], per_subject: int, say: Say
) -> dict[str, Any]:
    """Try every kind of map on a subject-balanced sample of held-out cells.

    Returns
    -------
    dict
        ``cells``, ``shares``, ``fills`` and ``maps``: name, title, mean curves, areas under them with intervals, and
        the paired difference of each area to the random map's.
    """
    folds = []
    for number in cells.numbers:
        folds.append(_fold(cells, source, number, networks[number], per_subject))
        say(f"faithfulness: fold {number}, {folds[-1].labels.size} cells")
    labels = np.concatenate([fold.labels for fold in folds])
    weights = resampled(labels, np.concatenate([fold.subjects for fold in folds]), seed=source.run.config.seed)
    ways = {
        way: {name: np.concatenate([getattr(fold, way)[name] for fold in folds]) for name in folds[0].deletion}
        for way in FILLS
    }
    rows = [_row(name, {way: ways[way][name] for way in FILLS}, ways, weights) for name in ways["deletion"]]
    return {
        "cells": int(labels.size),
        "per_subject": per_subject,
        "shares": list(SHARES),
        "fills": FILLS,
        "maps": rows,
    }


def _row(name: str, own: dict[str, Values], ways: dict[str, dict[str, Values]], weights: Values) -> dict[str, Any]:
    total = weights.sum(axis=1)
    drawn = {}
    for way, values in own.items():
        area, chance = _area(values), _area(ways[way][RANDOM])
        drawn[way] = weights @ area / total
        drawn[f"{way}_to_random"] = weights @ (area - chance) / total
    curves = {f"{way}_curve": values.mean(axis=0).round(4).tolist() for way, values in own.items()}
    return {
        "name": name,
        "title": _TITLES.get(name) or title_of(name),
        **curves,
        **with_intervals(drawn, weights.shape[1]),
    }


def _area(curves: Values) -> Values:
    """Area under each curve by the trapezoid rule, shape (cells,)."""
    return np.asarray(np.trapezoid(curves, np.array(SHARES), axis=1))


def _fold(cells: HeldOut, source: CellSource, number: int, network: FoldNetwork, per_subject: int) -> _Curves:
    chosen = balanced_sample(cells, number, per_subject)
    config, calibration = source.run.config, cells.calibrations[number]
    inputs = network_input(source.crops(cells.rows[chosen]), config)
    maps: dict[str, Map] = dict(network.maps(inputs))
    masks = np.stack([cell_mask(cell) for cell in inputs])
    rows, columns = next(iter(maps.values())).shape[1:]
    # As coarse as the network's own maps: only the places differ, not how they hang together.
    rng = np.random.default_rng([config.seed, number])
    maps[RANDOM] = rng.random((len(inputs), rows, columns)).astype(np.float32)
    maps[DISC] = np.stack([disc(mask) for mask in masks])
    leukemic = cells.calibrated[chosen] >= 0.5

    def said(pixels: NDArray[np.uint8]) -> Values:
        p = probabilities(network.logits(pixels), calibration)
        return np.where(leukemic, p, 1 - p)

    means = np.stack([mean_filled(cell, mask) for cell, mask in zip(inputs, masks, strict=True)])
    softened = np.stack([blurred(cell, mask) for cell, mask in zip(inputs, masks, strict=True)])
    whole, gone, soft = said(inputs), said(means), said(softened)
    deletion, insertion = {}, {}
    for name, values in maps.items():
        ranks = np.stack([ranks_of(m, mask) for m, mask in zip(values, masks, strict=True)])
        deletion[name] = _curve(said, inputs, means, ranks, (whole, gone))
        insertion[name] = _curve(said, softened, inputs, ranks, (soft, whole))
    return _Curves(cells.labels[chosen], cells.subjects[chosen], deletion, insertion)


def _curve(
    said: Callable[[NDArray[np.uint8]], Values],
    start: NDArray[np.uint8],
    end: NDArray[np.uint8],
    ranks: Map,
    ends: tuple[Values, Values],
) -> Values:
    """Replace the strongest pixels of ``start`` by those of ``end``, share by share; (cells, shares)."""
    steps = [said(np.where((ranks < share)[..., None], end, start)) for share in SHARES[1:-1]]
    return np.stack([ends[0], *steps, ends[1]], axis=1)
