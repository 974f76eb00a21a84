"""The folds' weights, loaded and compiled once, to judge and explain altered cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from training.activations import network_input
from training.frozen import compiled
from training.metrics import Values
from training.pipeline import load_network
from training.report.maps import Maps, maps_of
from training.run import RunFolder
from training.split_network import split_network

Crops = NDArray[np.uint8]
_CHUNK = 32
_SMALLEST = 1e-7
"""Nearest to 0 and 1 that a float32 sigmoid tells apart from them."""


@dataclass(frozen=True, eq=False)
class FoldNetwork:
    """One fold's weights.

    Parameters
    ----------
    logits
        Crops (n, crop, crop, 3), or the network's own input -> logits (n,), from the compiled graph.
    maps
        The network's input -> maps; see :func:`training.report.maps.maps_of`.
    """

    logits: Callable[[Crops], Values]
    maps: Callable[[NDArray[np.uint8]], Maps]


def fold_networks(run: RunFolder, numbers: Sequence[int]) -> dict[int, FoldNetwork]:
    """Load the weights of some folds."""
    networks = {}
    for number in numbers:
        network = load_network(run, f"fold-{number}")
        maps = maps_of(split_network(network, {}))  # Cut at the last spatial activation, however it was trained.
        networks[number] = FoldNetwork(_logits_of(run, network), maps)
    return networks


def _logits_of(run: RunFolder, network: keras.Model) -> Callable[[Crops], Values]:
    program = compiled(network)

    def logits(crops: Crops) -> Values:
        said = [
            program(network_input(crops[first : first + _CHUNK], run.config).astype(np.float32))[:, 0]
            for first in range(0, len(crops), _CHUNK)
        ]
        p = np.clip(np.concatenate(said).astype(np.float64), _SMALLEST, 1 - _SMALLEST)
        return np.asarray(np.log(p / (1 - p)))

    return logits
