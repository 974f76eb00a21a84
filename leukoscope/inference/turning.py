"""Which operations move the places of a picture, so that a map made behind them would lie elsewhere on the cell."""

from __future__ import annotations

from typing import Any

import numpy as np

MOVING = frozenset({"Flip", "Fliplr", "Flipud", "Moveaxis", "Roll", "Rot90", "Swapaxes", "Transpose"})


def turns(layer: Any, args: Any) -> bool:
    """Whether a call of a layer or an operation moves places; ``x[..., ::-1]`` turns colors alone.

    Parameters
    ----------
    layer, args
        The layer, and its positional arguments.
    """
    name = type(layer).__name__
    if name == "Flip":
        axis = getattr(layer, "axis", None)
        return axis is None or any(one % 4 in (1, 2) for one in np.atleast_1d(axis))
    if name == "GetItem":
        return len(getattr(args[0], "shape", ())) == 4 and _moves(args[0].shape[1:], args[1])
    return name in MOVING


def _moves(shape: Any, key: Any) -> bool:
    """Whether a slice of pictures of a shape (height, width, channels) moves any place."""
    height, width, channels = (int(side) for side in shape)
    places = np.broadcast_to(np.arange(height * width).reshape(1, height, width, 1), (1, height, width, channels))
    taken = places[key if not isinstance(key, list) else tuple(key)]
    if taken.shape[:3] != (1, height, width):
        return True
    return bool((taken.reshape(1, height, width, -1) != places[..., :1]).any())
