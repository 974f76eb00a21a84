"""The words of Keras 2's configurations: which are rebuilt, and under what name Keras 3 knows them."""

from __future__ import annotations

MODELS = frozenset({"Functional", "Model", "Sequential"})
INPUT = "InputLayer"
OPERATION = "TFOpLambda"
SLICING = "SlicingOpLambda"

RENAMED = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "LayerNormalizationV2": "LayerNormalization",
    "SyncBatchNormalization": "BatchNormalization",
}
"""Older names of a layer; what they compute for one cell is the same."""

IDENTITY = frozenset(
    """
    ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise RandomBrightness RandomContrast RandomCrop
    RandomFlip RandomHeight RandomRotation RandomTranslation RandomWidth RandomZoom SpatialDropout1D SpatialDropout2D
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Layers that only training knows; when cells are judged they hand on what they get."""

OPERATIONS = frozenset(
    """
    __operators__.add __operators__.mul __operators__.neg __operators__.pow __operators__.sub __operators__.truediv
    abs cast clip_by_value compat.v1.squeeze concat exp expand_dims identity image.extract_patches
    image.per_image_standardization image.resize image.rgb_to_grayscale linalg.l2_normalize linalg.matmul math.abs
    math.add math.divide math.erf math.exp math.l2_normalize math.log math.log1p math.maximum math.minimum math.multiply
    math.negative math.pow math.reduce_max math.reduce_mean math.reduce_min math.reduce_std math.reduce_sum
    math.reduce_variance math.rsqrt math.sigmoid math.softplus math.sqrt math.square math.squared_difference
    math.subtract math.tanh math.truediv nn.bias_add nn.elu nn.gelu nn.leaky_relu nn.relu nn.relu6 nn.selu nn.sigmoid
    nn.silu nn.softmax nn.softplus ones_like reshape reverse split sqrt square squeeze stack tile transpose zeros_like
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Functions of TensorFlow that a ``TFOpLambda`` may name; each is rebuilt by :mod:`.operations`."""


def class_of(node: dict[str, object]) -> str:
    """The name of a serialized layer's class in Keras 3, without the package that it was registered under."""
    name = str(node.get("class_name", "")).rpartition(">")[2]
    return RENAMED.get(name, name)


def plain_name(name: str) -> str:
    """A layer's name as Keras 3 takes it: it may not hold a slash."""
    return name.replace("/", "_") or "layer"
