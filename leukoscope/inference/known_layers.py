"""The allow-list: which classes a model file may name. Everything else is refused before Keras sees the file.

Layers of Keras 3.15 that compute with numbers alone. Left out on purpose: what runs code or foreign graphs (Lambda,
TFSMLayer, JaxLayer, FlaxLayer, TorchModuleWrapper), what reads files or strings (StringLookup, IntegerLookup,
TextVectorization, Hashing, HashedCrossing), and abstract bases.
"""

from __future__ import annotations

from typing import Any

RUNS_CODE = frozenset({"Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper", "function"})
"""Named in the refusal for what they are."""

LAYERS = frozenset(
    """
    InputLayer Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention AutoContrast Average
    AveragePooling1D AveragePooling2D AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveMaxPooling1D
    AdaptiveMaxPooling2D BatchNormalization Bidirectional CenterCrop Concatenate Conv1D Conv1DTranspose Conv2D
    Conv2DTranspose Cropping1D Cropping2D Dense DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding
    Flatten GRU GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D
    GlobalMaxPooling2D GroupNormalization GroupQueryAttention Identity LSTM LayerNormalization LeakyReLU Masking
    MaxPooling1D MaxPooling2D Maximum Minimum MultiHeadAttention Multiply Normalization PReLU Permute Pipeline
    RMSNormalization RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop
    RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective
    RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom ReLU
    RepeatVector Rescaling Reshape Resizing SeparableConv1D SeparableConv2D SimpleRNN Softmax SpatialDropout1D
    SpatialDropout2D SpectralNormalization Subtract TimeDistributed UnitNormalization UpSampling1D UpSampling2D
    ZeroPadding1D ZeroPadding2D
    """.split()  # noqa: SIM905 - a list of words reads better
)
MODELS = frozenset({"Functional", "Sequential", "Model"})
INITIALIZERS = frozenset(
    """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform Ones
    Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
    """.split()  # noqa: SIM905 - a list of words reads better
)
REGULARIZERS = frozenset({"L1", "L1L2", "L2", "OrthogonalRegularizer"})
CONSTRAINTS = frozenset({"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"})
POLICIES = frozenset({"DTypePolicy", "FloatDTypePolicy"})
FUNCTIONS = {
    "keras.src.ops.numpy": frozenset(
        """
        Abs Absolute Add All Amax Amin Any Arange Arccos Arcsin Arctan Arctan2 Argmax Argmin Argsort Average
        BroadcastTo Ceil Clip Concatenate Copy Cos Cosh CountNonzero Cumprod Cumsum Diff Divide DivideNoNan Dot Dstack
        Einsum Equal Exp Exp2 ExpandDims Expm1 Flip Fliplr Flipud Floor FloorDivide Full FullLike GetItem Greater
        GreaterEqual Hstack Hypot Inner Isfinite Isnan Less LessEqual Linspace Log Log10 Log1p Log2 Logaddexp
        LogicalAnd LogicalNot LogicalOr LogicalXor Matmul Max Maximum Mean Median Min Minimum Mod Moveaxis Multiply
        NanToNum Negative NotEqual OnesLike Outer Pad Power Prod Ravel Reciprocal Repeat Reshape Roll Rot90 Round Sign
        Sin Sinh Sort Split Sqrt Square Squeeze Stack Std Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh Tensordot
        Tile Trace Transpose Tril Triu TrueDivide Trunc Var Vdot Vstack Where ZerosLike
        """.split()  # noqa: SIM905 - a list of words reads better
    ),
    "keras.src.ops.core": frozenset({"Cast", "ConvertToTensor", "SaturateCast", "Slice", "StopGradient", "Unstack"}),
    "keras.src.ops.image": frozenset(
        {"CropImages", "ExtractPatches", "HSVToRGB", "PadImages", "RGBToGrayscale", "RGBToHSV", "Resize"}
    ),
    "keras.src.ops.linalg": frozenset({"Norm"}),
    "keras.src.ops.math": frozenset({"Erf", "Erfc", "Logsumexp", "Rsqrt", "TopK"}),
    "keras.src.ops.nn": frozenset(
        """
        AdaptiveAveragePool AdaptiveMaxPool AveragePool BatchNorm Celu Conv ConvTranspose DepthToSpace DepthwiseConv
        DotProductAttention Elu Gelu Glu HardShrink HardSigmoid HardSilu HardTanh LayerNorm LeakyRelu LogSigmoid
        LogSoftmax MaxPool Moments Normalize OneHot RMSNorm Relu Relu6 Selu SeparableConv Sigmoid Silu SoftShrink
        Softmax Softplus Softsign SpaceToDepth Sparsemax Squareplus TanhShrink Threshold
        """.split()  # noqa: SIM905 - a list of words reads better
    ),
}
"""Operators and functions between tensors, as ``a + b`` or ``ops.flip(a)`` in a model's own code leaves them, by the
module that they come from; none of them takes a function, reads a file or draws at random."""
MODULE_OF = {name: module for module, names in FUNCTIONS.items() for name in names}
ACTIVATIONS = frozenset(
    """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid
    log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparsemax squareplus
    swish tanh tanh_shrink threshold
    """.split()  # noqa: SIM905 - a list of words reads better
)
CONVNEXT, INCEPTION_RESNET = frozenset({"LayerScale"}), frozenset({"CustomScaleLayer"})
APPLICATIONS = CONVNEXT | INCEPTION_RESNET
"""What keras.applications has beside the layers of Keras; each multiplies by numbers, and takes no function."""

BY_MODULE = {
    "keras": MODELS | POLICIES,
    "keras.models": MODELS,
    "keras.src.models.functional": MODELS,
    "keras.src.models.sequential": MODELS,
    "keras.src.models.model": MODELS,
    "keras.layers": LAYERS,
    "keras.initializers": INITIALIZERS,
    "keras.regularizers": REGULARIZERS,
    "keras.constraints": CONSTRAINTS,
    **FUNCTIONS,
    "keras.src.applications.convnext": CONVNEXT,
    "keras.src.applications.inception_resnet_v2": INCEPTION_RESNET,
}
ANYWHERE = LAYERS | MODELS | INITIALIZERS | REGULARIZERS | CONSTRAINTS | POLICIES | frozenset(MODULE_OF) | APPLICATIONS
"""For .h5 files, which name no module."""

OWN_PACKAGE = "leukoscope"
OWN_MODULE = "leukoscope.inference.layers"
OWN_LAYERS = frozenset({"BranchScaling", "CellStandardization", "FilterTokenCrossAttention", "TokenSelfAttention"})
PUBLISHED = frozenset({"FilterTokenCrossAttention", "TokenSelfAttention"})
"""Layers of the published hybrid, which a notebook defines itself, under a package of its own or none."""
ARGUMENTS = frozenset({"name", "trainable", "dtype", "tokens", "heads", "head_size", "feed_forward", "dropout"})
OTHER_WORDS = {
    "num_tokens": "tokens",
    "num_heads": "heads",
    "key_dim": "head_size",
    "head_dim": "head_size",
    "ff_dim": "feed_forward",
    "dropout_rate": "dropout",
}
"""What notebooks call the same arguments."""
EDGES = frozenset({"__keras_tensor__", "__tensor__", "__numpy__", "__slice__", "__ellipsis__"})
"""How Keras writes the edges of the graph (a shape, a type and a history), constants of numbers, and slices."""
NUMBERS = frozenset(f"{kind}{bits}" for kind in ("float", "int", "uint") for bits in (8, 16, 32, 64)) | {
    "bfloat16",
    "bool",
}
"""Types that a constant may have."""


def is_edge(node: dict[str, Any]) -> bool:
    """Whether a serialized object is an edge of the graph, a slice, or a constant that holds numbers."""
    if node.get("class_name") not in EDGES:
        return False
    if node["class_name"] not in {"__tensor__", "__numpy__"}:
        return True
    config = node.get("config")
    return isinstance(config, dict) and config.get("dtype") in NUMBERS


def is_plain_activation(node: Any) -> bool:
    """Whether a serialized function is one of Keras' activations by its name, as ``tf.nn.relu`` is kept."""
    if not isinstance(node, dict) or node.get("class_name") not in {"function", "builtin_function_or_method"}:
        return False
    return isinstance(node.get("config"), str) and node["config"] in ACTIVATIONS


def as_function(node: dict[str, Any]) -> dict[str, Any] | None:
    """A function between tensors of an ``.h5`` file with the module that Keras finds it by; ``None`` for anything else.

    Such files name classes alone, and Keras looks only layers up by them. A layer says whether it is trained, a
    function never.
    """
    config = node.get("config")
    name = node.get("class_name")
    if "module" in node or "inbound_nodes" not in node or not isinstance(config, dict) or name not in MODULE_OF:
        return None
    if "trainable" in config:
        return None
    return {**node, "module": MODULE_OF[name], "registered_name": name}


def as_own_layer(node: dict[str, Any]) -> dict[str, Any] | None:
    """A notebook's layer of the published hybrid as the project's own; ``None`` for anything else.

    It is known by its name and its arguments; its code is never looked for. Weights that are not those of such a layer
    do not fit it.
    """
    name = str(node.get("class_name")).rpartition(">")[2]
    config = node.get("config")
    if name not in PUBLISHED or not isinstance(config, dict):
        return None
    renamed = {OTHER_WORDS.get(key, key): value for key, value in config.items()}
    if not set(renamed) <= ARGUMENTS or "heads" not in renamed:
        return None
    own = {**node, "class_name": name, "config": renamed}
    if "module" in node:
        return {**own, "module": OWN_MODULE, "registered_name": f"{OWN_PACKAGE}>{name}"}
    return {**own, "class_name": f"{OWN_PACKAGE}>{name}"}


def is_known(name: str, module: object, registered: object) -> bool:
    """Whether a serialized object may be rebuilt.

    Parameters
    ----------
    name, module, registered
        Its ``class_name``, ``module`` and ``registered_name``, as the file gives them.
    """
    if isinstance(registered, str) and ">" in registered:
        return registered in {f"{OWN_PACKAGE}>{own}" for own in OWN_LAYERS} and module in (None, OWN_MODULE)
    if module is None:
        package, _, own = name.rpartition(">")
        return (own in OWN_LAYERS and package == OWN_PACKAGE) or name in ANYWHERE
    return isinstance(module, str) and name in BY_MODULE.get(module, frozenset())
