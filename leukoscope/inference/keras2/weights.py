"""Give the rebuilt layers the weights of the file, by their names. Runs in a child process only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.keras2.layers import layer_of
from leukoscope.inference.keras2.reading import Saved
from leukoscope.inference.keras2.rebuild import Built

_NOT_SAVED = ("seed_generator", "seed_generator_state")
_COUNT = "count"
"""Normalization's number of examples: no part of what it computes."""


def give_weights(built: Sequence[Built], saved: Sequence[Saved]) -> None:
    """Assign every array of a file to the layer that it belongs to.

    Parameters
    ----------
    built
        Layers of the rebuilt network.
    saved
        Arrays of the file, in its order.

    Raises
    ------
    BundleError
        When a layer's weights are missing, are left over, or have another shape.
    """
    left = list(saved)
    for one in built:
        layer = layer_of(one.layer)
        wanted = [] if layer is None else variables_of(layer)
        if layer is None or not wanted:
            continue
        found = _arrays_of(one, left, len(wanted))
        for variable, array in _matched(one, layer, wanted, found):
            assign(one.name, variable, array)
        taken = {id(array) for array in found}
        left = [array for array in left if id(array) not in taken]
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    forgotten = [array for array in left if array.variable != _COUNT]
    if forgotten:
        raise unfit("/".join(forgotten[0].owner), f"{len(forgotten)} arrays left over")


def assign(name: str, variable: Any, array: NDArray[np.generic]) -> None:
    """Give a variable of a layer its numbers; raises BundleError when they have another shape."""
    if tuple(variable.shape) != array.shape:
        raise unfit(name, f"{variable.path} {tuple(variable.shape)} is {array.shape} in the file")
    variable.assign(array.astype(np.float32))


def variables_of(layer: Any) -> list[Any]:
    """A layer's weights that a file of Keras 2 holds."""
    return [one for one in layer.weights if one.name not in _NOT_SAVED and one.name != _COUNT]


def _arrays_of(one: Built, left: Sequence[Saved], count: int) -> list[Saved]:
    """The arrays whose owner bears the layer's name; all of its group where names say nothing."""
    mine = [array for array in left if array.top == one.path[0] and array.variable != _COUNT]
    named = [array for array in mine if one.name in array.owner or _joined(one.name, array.owner)]
    if len(named) > count and len(one.path) > 1:
        nearer = [array for array in named if one.path[-2] in array.owner]
        named = nearer or named[:count]
    found = named if len(named) == count or len(one.path) > 1 else mine
    if len(found) != count:
        raise unfit(one.name, f"{count} weights wanted, {[array.variable for array in found]} found")
    return found


def _joined(name: str, owner: tuple[str, ...]) -> bool:
    """Whether a name with slashes in it stands in a path."""
    return "/" in name and f"/{name}/" in f"/{'/'.join(owner)}/"


def _matched(
    one: Built, layer: Any, wanted: Sequence[Any], found: Sequence[Saved]
) -> list[tuple[Any, NDArray[np.generic]]]:
    """Pairs of a variable and its array: by their names where these agree, else in the order of both."""
    by_name = {_inside("/".join((*array.owner, array.variable)), one.name): array.array for array in found}
    names = [_inside(variable.path, layer.name) for variable in wanted]
    if len(by_name) == len(found) and set(by_name) == set(names):
        return [(variable, by_name[name]) for variable, name in zip(wanted, names, strict=True)]
    return [(variable, array.array) for variable, array in zip(wanted, found, strict=True)]


def _inside(path: str, name: str) -> str:
    """``query/kernel`` of a weight ``attention/query/kernel`` whose layer is ``attention``."""
    return path.rpartition(f"{name}/")[2]


def unfit(name: str, detail: str) -> BundleError:
    """What is said when a file's weights are not those of its network."""
    message = (
        f"The weights of the layer “{name[:60]}” do not fit the network that the file describes; save the whole "
        "model again with model.save('name.h5')."
    )
    return BundleError(message, detail, cause=Cause.BROKEN)
