"""Which of a model's outputs a person means. Runs in a child process only."""

from __future__ import annotations

from typing import Any

import keras

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.canonical import output_names
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.trace import as_functional


def wanted_output(model: keras.Model, order: ImportOrder, file_name: str) -> str:
    """Name of the output that is read: the one that was named, or the only one with a figure for each class.

    Returns
    -------
    str
        Empty where the model has one output.

    Raises
    ------
    BundleError
        When there are several, and which is meant cannot be said.
    """
    graph: Any = as_functional(model)
    if len(graph.outputs) < 2:
        return order.output
    names, wanted = output_names(model), len(order.classes)
    counts = [one.shape[-1] if len(one.shape) == 2 else 0 for one in graph.outputs]
    fitting = [name for name, count in zip(names, counts, strict=True) if fits(count, wanted)]
    if len(fitting) == 1 and not order.output:
        return fitting[0]
    message = (
        f"“{file_name}” has {len(names)} outputs; say which of them tells what a cell is: one of "
        f"{', '.join(names)[:120]}."
    )
    raise BundleError(message, f"{counts} figures, {wanted} classes, {order.output!r}", cause=Cause.UNKNOWN_KIND)


def fits(figures: int, classes: int) -> bool:
    """Whether so many figures tell so many classes apart: a single one tells two."""
    return figures == classes or (figures == 1 and classes == 2)
