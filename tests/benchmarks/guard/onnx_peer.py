"""ONNX Runtime as a peer: the same Keras model, converted by tf2onnx, predicting without maps."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET = 17
CLOSE = 1e-3
"""So near must its answer be to that of Keras, or something else was measured."""


def onnx_runtime(model: Any, pixels: NDArray[np.float32]) -> Callable[[], object]:
    """A call that predicts one cell with all cores, as ONNX Runtime does by itself.

    Parameters
    ----------
    model
        Of Keras.
    pixels
        Shape (height, width, channels), float32: what the model is given.

    Raises
    ------
    ValueError
        When it does not answer as Keras does.
    """
    import onnxruntime
    import tensorflow as tf
    import tf2onnx

    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    given = pixels[None]
    signature = [tf.TensorSpec(given.shape, tf.float32, name="pixels")]
    traced = tf.function(lambda one: model(one, training=False), input_signature=signature)
    converted, _ = tf2onnx.convert.from_function(traced, input_signature=signature, opset=OPSET)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(converted.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    expected, found = np.asarray(model(given, training=False)), session.run(None, {name: given})[0]
    if not np.allclose(expected, found, atol=CLOSE):
        raise ValueError(f"ONNX Runtime says {found}, Keras {expected}")
    return lambda: session.run(None, {name: given})
