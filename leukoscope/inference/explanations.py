"""The methods that explain a network's output by a map: one entry each. Runs in a child process only.

What a map of a kind means to its reader stands in ``domain/map_kinds.py``. Every compiled map is held against
``original.py``, which computes it another way and shares nothing with this file. Figures of shape are no map: each is
its own explanation (see ``shape_opinion.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from leukoscope.domain.errors import BundleError
from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.explained_layers import branch_layers, layers_named, once_each
from leukoscope.inference.layers import FilterTokenCrossAttention
from leukoscope.inference.manifest import ExplanationLayer
from leukoscope.inference.trace import Step

MOST_ATTENTION = 3
"""Of a transformer with a dozen blocks, the last ones are shown."""


@dataclass(frozen=True)
class ExplanationMethod:
    """How maps of one kind come about.

    Parameters
    ----------
    kind
        What its maps mean.
    find
        From the explained layer's call, and the gradient of the leukemic logit with respect to its output, to maps:
        (batch, rows, columns). Called while the graph is traced.
    uses_gradient
        Whether ``find`` needs the gradient; it gets ``None`` without.
    find_by_class
        The same for a network that names cells: from the explained layer's call and the kernel of its linear head,
        (channels, classes), to (batch, rows, columns, classes). ``None``: no such network can be explained so.
    suggest
        The layers of a foreign network that are shown this way when it is imported; ``None``: none, unless its
        manifest names one.
    """

    kind: MapKind
    find: Callable[[Step, Any], Any]
    uses_gradient: bool = True
    find_by_class: Callable[[Step, Any], Any] | None = None
    suggest: Callable[[Sequence[Step]], tuple[ExplanationLayer, ...]] | None = None


def grad_cam(step: Step, gradient: Any) -> Any:
    """Grad-CAM before its ReLU (Selvaraju et al. 2017, eq. 1 and 2): channels weighted by their mean gradient."""
    activation = step.outputs[0]
    rows, columns, channels = activation.shape[1:]
    weights = tf.reduce_mean(gradient, axis=(1, 2))
    flat = tf.reshape(activation, (-1, rows * columns, channels))
    return tf.reshape(tf.matmul(flat, weights[:, :, None]), (-1, rows, columns))


def hires_cam(step: Step, gradient: Any) -> Any:
    """HiResCAM (Draelos and Carin 2020): every place weighted by its own gradient, not by the channel's mean.

    Before a global average it equals Grad-CAM. Before a linear head that weights places differently its values sum to
    the logit without its bias, which those of Grad-CAM do not.
    """
    return tf.reduce_sum(step.outputs[0] * gradient, axis=-1)


def attention(step: Step, _: Any) -> Any:
    """Attention averaged over heads and tokens; the map sums to 1."""
    layer, x = step.layer, step.inputs[0]
    if _sees_places(step):
        assert step.grid is not None
        query, value, key = step.inputs[0], step.inputs[1], step.inputs[-1]
        _, scores = layer(query, value, key, return_attention_scores=True, training=False)
        return tf.reshape(tf.reduce_mean(scores, axis=(1, 2)), (-1, *step.grid))
    if not isinstance(layer, FilterTokenCrossAttention):
        message = f"The layer “{step.path}” has no attention over places; correct the manifest."
        raise BundleError(message, type(layer).__name__)
    _, scores = layer.attend(layer.queries(), layer.places(x))
    return tf.reshape(tf.reduce_mean(scores, axis=(1, 2)), (-1, x.shape[1], x.shape[2]))


def class_activation(step: Step, kernel: Any) -> Any:
    """Class activation mapping (Zhou et al. 2016): Grad-CAM of every class, where the head is linear on averages.

    Grad-CAM's channel weights are the mean gradient: the head's weight over the number of places. HiResCAM is the same.
    """
    activation = step.outputs[0]
    rows, columns, channels = activation.shape[1:]
    flat = tf.matmul(tf.reshape(activation, (-1, channels)), kernel) * (1.0 / (rows * columns))
    return tf.reshape(flat, (-1, rows, columns, kernel.shape[1]))


def _sees_places(step: Step) -> bool:
    """Whether a layer is Keras' own attention over the places of a map: queries, values and, apart, keys; no mask."""
    if not isinstance(step.layer, keras.layers.MultiHeadAttention) or step.grid is None:
        return False
    given = [tuple(one.shape) for one in step.inputs]
    return len(given) in {2, 3} and all(len(one) == 3 for one in given) and given[1][1] == given[-1][1]


def _token_attention(steps: Sequence[Step]) -> tuple[ExplanationLayer, ...]:
    """That of the published hybrid, and of Keras' own layers the last ones: the nearest to the answer."""
    asked = once_each([step for step in steps if isinstance(step.layer, FilterTokenCrossAttention)])
    names = [(f"attention{index or ''}", "Token attention") for index in range(len(asked))]
    others = once_each([step for step in steps if _sees_places(step)])[-MOST_ATTENTION:]
    numbers = range(len(asked), len(asked) + len(others))
    names += [(f"attention{index or ''}", f"Attention {index + 1}" if index else "Attention") for index in numbers]
    return layers_named(MapKind.ATTENTION, names, [*asked, *others])


METHODS: dict[MapKind, ExplanationMethod] = {
    method.kind: method
    for method in (
        ExplanationMethod(MapKind.GRAD_CAM, grad_cam, find_by_class=class_activation, suggest=branch_layers),
        ExplanationMethod(MapKind.HIRES_CAM, hires_cam, find_by_class=class_activation),
        ExplanationMethod(MapKind.ATTENTION, attention, uses_gradient=False, suggest=_token_attention),
    )
}


def shown_by(kind: MapKind, layers: Sequence[ExplanationLayer]) -> tuple[ExplanationLayer, ...]:
    """The same layers; those that are shown by gradients, by this method."""
    return tuple(
        layer.model_copy(update={"kind": kind}) if METHODS[layer.kind].uses_gradient else layer for layer in layers
    )


def by_class(layers: Sequence[ExplanationLayer]) -> tuple[ExplanationLayer, ...]:
    """Those that a network that names cells can have: attention is the same whatever the class."""
    return tuple(layer for layer in layers if METHODS[layer.kind].uses_gradient)


def suggested_layers(steps: Sequence[Step]) -> tuple[ExplanationLayer, ...]:
    """What of a foreign network is shown as maps, method by method; maxima are not yet calibrated."""
    return tuple(layer for method in METHODS.values() if method.suggest for layer in method.suggest(steps))
