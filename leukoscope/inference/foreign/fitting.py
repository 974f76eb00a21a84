"""The graph that is run: a logit as every bundle gives it, and a map by occlusion. Runs in a child process only.

Nothing is known of the inside of such a model, so its map is made from without (Zeiler and Fergus 2014): places of the
cell are covered one after the other by what lies around it, and the map says by how much the log-odds fall.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as op

from leukoscope.domain.cuts import Cutting
from leukoscope.inference.containers import Container
from leukoscope.inference.foreign.reading import before_activation, input_of, read_graph, wanted_port, with_input
from leukoscope.inference.joined_figures import ABSENT, SMALLEST_PROBABILITY
from leukoscope.inference.manifest import Manifest
from leukoscope.inference.opinions import LOGIT, map_output
from leukoscope.inference.preprocessing import model_input
from leukoscope.inference.sides import weights

GRID = 6
"""Places a side: 36 of them are covered, so that a cell takes 37 times as long as without a map."""
OCCLUSION = "occlusion"
GLASS = 225
"""Sample of empty glass."""


def figures_graph(path: Path, container: Container, folder: Path, output: str, classes: int) -> ov.Model:
    """The model as it is, for one cell: from (1, height, width, channels) to its figures (1, n)."""
    graph = read_graph(path, container, folder)
    _, port = wanted_port(graph, classes, output, path.name)
    height, width, channels, first = input_of(graph, path.name)
    _reshaped(graph, 1, (height, width, channels), first)
    pixels = op.parameter([1, height, width, channels], np.float32, name="pixels")
    with_input(graph, pixels, first)
    return ov.Model([_flat(port.get_node().input_value(0), 1)], [pixels], "figures")


def fitted(path: Path, manifest: Manifest, folder: Path, grid: int) -> ov.Model:
    """The graph of a bundle.

    Parameters
    ----------
    path, manifest
        The bundle's model and manifest.
    folder
        Where an archive is unpacked to; must outlive the graph.
    grid
        Places a side that are covered; 0 for no map.

    Returns
    -------
    openvino.Model
        As :func:`leukoscope.inference.graph.convert` makes them of Keras models.

    Raises
    ------
    RuntimeError
        When the model takes one cell at a time only.
    """
    graph = read_graph(path, manifest.container, folder)
    _, port = wanted_port(graph, len(manifest.figures or manifest.classes), manifest.head, path.name)
    fed = manifest.preprocessing
    first = input_of(graph, path.name)[3]
    looks = grid * grid + 1
    _reshaped(graph, looks, (fed.height, fed.width, fed.channels), first)
    pixels = op.parameter([1, fed.height, fed.width, fed.channels], np.float32, name="pixels")
    pixels.output(0).get_tensor().set_names({"pixels"})
    with_input(graph, _covered(pixels, manifest, grid) if grid else pixels, first)
    logits = _logits(port.get_node().input_value(0), manifest, looks)
    outputs = [_named(_rows(logits, 0, 1), LOGIT, manifest)]
    if grid:
        fall = op.subtract(_rows(logits, 0, 1), _rows(logits, 1, looks))
        count = logits.get_output_shape(0)[1]
        sides = [1, grid, grid] + ([count] if manifest.kind == "differential" else [])
        shaped = op.reshape(fall, op.constant(np.array(sides, np.int64)), False)
        shaped.output(0).get_tensor().set_names({map_output(OCCLUSION)})
        outputs.append(op.result(shaped))
    return ov.Model(outputs, [pixels], manifest.name)


def _reshaped(graph: ov.Model, batch: int, sides: tuple[int, int, int], first: bool) -> None:
    height, width, channels = sides
    graph.reshape([batch, channels, height, width] if first else [batch, height, width, channels])


def _covered(pixels: Any, manifest: Manifest, grid: int) -> Any:
    """The cell as it is, then with each place covered by what lies around it: (grid² + 1, height, width, channels)."""
    fed = manifest.preprocessing
    around = np.full((fed.canvas, fed.canvas, 3), 0 if fed.cut_out is Cutting.BLACK else GLASS, np.uint8)
    ground = model_input(around, fed)[0, 0]
    masks = np.ones((grid * grid + 1, fed.height, fed.width, 1), np.float32)
    for place in range(grid * grid):
        row, column = divmod(place, grid)
        rows = slice(row * fed.height // grid, (row + 1) * fed.height // grid)
        columns = slice(column * fed.width // grid, (column + 1) * fed.width // grid)
        masks[place + 1, rows, columns] = 0.0
    return op.add(op.multiply(pixels, op.constant(masks)), op.constant((1.0 - masks) * ground[None, None, None, :]))


def _logits(figures: Any, manifest: Manifest, looks: int) -> Any:
    """Log-odds of leukemic (looks, 1), or the logits of each class (looks, classes)."""
    inside = before_activation(figures) if manifest.output in {"sigmoid", "softmax"} else None
    flat = _flat(figures if inside is None else inside, looks)
    is_log = inside is not None or manifest.output in {"logit", "logits"}
    if manifest.output in {"sigmoid", "logit"}:
        z = flat if is_log else _log_odds(flat)
        return z if manifest.positive_class == 1 else op.negative(z)
    logs = flat if is_log else op.log(op.clamp(flat, SMALLEST_PROBABILITY, 1.0))
    meaning = manifest.figures or manifest.classes
    if manifest.kind == "differential":
        sums = [_log_sum(logs, [float(one == code) for one in meaning]) for code in manifest.classes]
        return op.concat(sums, 1)
    for_leukemic, for_healthy = weights(meaning)
    return op.subtract(_log_sum(logs, for_leukemic), _log_sum(logs, for_healthy))


def _log_odds(p: Any) -> Any:
    inside = op.clamp(p, SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
    return op.subtract(op.log(inside), op.log(op.subtract(op.constant(np.float32(1.0)), inside)))


def _log_sum(logs: Any, shares: Sequence[float]) -> Any:
    counted = np.log(np.maximum(np.asarray([shares], np.float32), ABSENT)).astype(np.float32)
    x, axis = op.add(logs, op.constant(counted)), op.constant(np.array([1], np.int64))
    highest = op.reduce_max(x, axis, True)
    return op.add(highest, op.log(op.reduce_sum(op.exp(op.subtract(x, highest)), axis, True)))


def _flat(port: Any, looks: int) -> Any:
    return op.reshape(port, op.constant(np.array([looks, -1], np.int64)), False)


def _rows(node: Any, start: int, stop: int) -> Any:
    bounds = [op.constant(np.array([value], np.int64)) for value in (start, stop, 1, 0)]
    return op.slice(node, *bounds)


def _named(logits: Any, name: str, manifest: Manifest) -> Any:
    shape = [1, -1] if manifest.kind == "differential" else [-1]
    node = op.reshape(logits, op.constant(np.array(shape, np.int64)), False)
    node.output(0).get_tensor().set_names({name})
    return op.result(node)


def run(graph: ov.Model, pixels: Sequence[NDArray[np.float32]], options: dict[str, str]) -> list[NDArray[np.float32]]:
    """The first output of a graph for cells, each flat."""
    request = ov.Core().compile_model(graph, "CPU", options).create_infer_request()
    return [np.array(request.infer([one[None]])[0]).reshape(-1) for one in pixels]
