"""The held-out cells that were most confidently called the wrong class, with the maps of the weights that did so."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels
from leukoscope.imaging.overlay import overlay
from training.activations import network_input
from training.report.fold_networks import FoldNetwork
from training.report.held_out import HeldOut
from training.report.maps import title_of
from training.report.pixels import CellSource
from training.run import RunFolder

WORST = 20
SIDE = 180
"""Pixels of a picture's edge."""


def mistakes(
    run: RunFolder, cells: HeldOut, source: CellSource, networks: dict[int, FoldNetwork]
) -> tuple[list[dict[str, Any]], list[list[Pixels]]]:
    """The worst 20 and, in the same order, their pictures: the cell, then each map laid over it.

    Each map is scaled from its own smallest to its own largest value: it shows where, not how much.
    """
    chosen = _worst(cells)
    pictures: dict[int, list[Pixels]] = {}
    titles: dict[int, list[str]] = {}
    for number in sorted(set(cells.fold[chosen].tolist())):
        own = chosen[cells.fold[chosen] == number]
        crops = source.crops(cells.rows[own])
        maps = networks[number].maps(network_input(crops, run.config))
        for index, position in enumerate(own.tolist()):
            pictures[position] = _images(crops[index], [values[index] for values in maps.values()])
            titles[position] = [title_of(name) for name in maps]
    rows = [
        {
            "file": source.samples[int(cells.rows[position])].path.name,
            "subject": str(cells.subjects[position]),
            "fold": int(cells.fold[position]),
            "truth": run.config.data.classes[int(cells.labels[position])],
            "probability": float(cells.calibrated[position]),
            "decided": bool(cells.decided[position]),
            "maps": titles[position],
        }
        for position in chosen.tolist()
    ]
    return rows, [pictures[position] for position in chosen.tolist()]


def _worst(cells: HeldOut) -> NDArray[np.int64]:
    wrong = np.flatnonzero((cells.calibrated >= 0.5) != (cells.labels == 1))
    return wrong[np.argsort(-np.abs(cells.calibrated[wrong] - 0.5), kind="stable")][:WORST]


def _images(crop: Pixels, maps: list[NDArray[np.float32]]) -> list[Pixels]:
    small = np.asarray(cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    whole = Box(0, 0, SIDE, SIDE)
    scaled = ((values - values.min()) / max(1e-9, float(np.ptp(values))) for values in maps)
    return [small, *(overlay(small, values, whole, opacity=0.7, palette="inferno") for values in scaled)]
