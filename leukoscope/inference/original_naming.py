"""What a differential Keras model itself says: logits and maps by a GradientTape, to hold a compiled graph against.

It shares nothing with ``explain_naming.py``: Keras calls its layers itself and TensorFlow differentiates each class.
Runs in a child process only.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from leukoscope.inference.explain_naming import ATTRIBUTES_LAYER, CLASSES_LAYER
from leukoscope.inference.namings import ATTRIBUTES
from leukoscope.inference.opinions import LOGIT, map_output
from leukoscope.inference.original import BY_GRADIENT, Original


class OriginalNaming(Original):
    """As :class:`Original`, for a differential bundle: every class is a target of its own."""

    def tape(self, pixels: Any) -> dict[str, Any]:
        """Logits (batch, classes), attributes and maps (batch, rows, columns, classes) of a batch of cells."""
        self._seen.clear()
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(pixels)
            logits, attributes = self._heads(pixels)
            targets = tf.unstack(logits, axis=1)
        outputs = {LOGIT: logits} | ({} if attributes is None else {ATTRIBUTES: attributes})
        for explanation in self.manifest.explanations:
            activation = self._seen[explanation.layer][explanation.call][1]
            maps = []
            for target in targets:
                maps.append(BY_GRADIENT[explanation.kind](activation, tape.gradient(target, activation)))
            outputs[map_output(explanation.name)] = tf.stack(maps, axis=-1)
        return outputs

    def _heads(self, pixels: Any) -> tuple[Any, Any]:
        if self.manifest.source == "imported":
            return self._of_classes(pixels), None
        names = [CLASSES_LAYER] + ([ATTRIBUTES_LAYER] if self.manifest.attributes else [])
        layers = [self.model.get_layer(name) for name in names]
        before = [layer.activation for layer in layers]
        for layer in layers:
            layer.activation = keras.activations.linear
        try:
            given = self.model(pixels, training=False)
        finally:
            for layer, activation in zip(layers, before, strict=True):
                layer.activation = activation
        by_name = given if isinstance(given, dict) else dict(zip(self.model.output_names, given, strict=True))
        return by_name[CLASSES_LAYER], by_name.get(ATTRIBUTES_LAYER)

    def _of_classes(self, pixels: Any) -> Any:
        logs = self._logarithms(*self._figures(pixels))
        figures = self.manifest.figures or self.manifest.classes
        groups = [[index for index, one in enumerate(figures) if one == code] for code in self.manifest.classes]
        sums = [tf.reduce_logsumexp(tf.gather(logs, group, axis=1), axis=1) for group in groups]
        return tf.stack(sums, axis=1)
