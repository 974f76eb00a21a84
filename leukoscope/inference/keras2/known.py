"""The allow-list for files of Keras 2: everything that is not on it is refused before anything is rebuilt."""

from __future__ import annotations

from leukoscope.inference.keras2 import words
from leukoscope.inference.known_layers import ANYWHERE

OLD_NAMES = frozenset(
    """
    BatchNormalizationV1 BatchNormalizationV2 LayerNormalizationV2 Policy PolicyV1 RandomHeight RandomWidth
    SyncBatchNormalization TensorShape __ellipsis__ __tuple__
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Names that only files of Keras 2 bear: old layers, precisions, and how it wrote shapes."""


def is_known_to_keras2(node: dict[str, object]) -> bool:
    """Whether an object in a file of Keras 2 is rebuilt: by its class alone, or as a function of TensorFlow's by table.

    Its modules are those of another Keras; nothing is imported by them, for the network is built anew from the list.
    """
    name, config = str(node["class_name"]), node.get("config")
    if name == words.SLICING:
        return True
    if name == words.OPERATION:
        return isinstance(config, dict) and config.get("function") in words.OPERATIONS
    module = node.get("module")
    keras_own = module is None or (isinstance(module, str) and module.split(".")[0] in {"keras", "tensorflow"})
    return keras_own and node.get("registered_name") in (None, name) and name in ANYWHERE | OLD_NAMES
