"""The differential network: one backbone, its global average, and two linear heads on it.

The heads are linear, so that the map of every class is a closed form (see ``inference.explain_naming``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras

from leukoscope.domain.errors import SettingsError
from leukoscope.inference.explain_naming import ATTRIBUTES_LAYER, CLASSES_LAYER, FEATURES_LAYER
from leukoscope.inference.manifest import AttributeHead
from training.config import NetworkConfig
from training.differential.recipe import Recipe
from training.networks import build_backbone, last_spatial


@dataclass(frozen=True, eq=False)
class Network:
    """The whole model and its parts; they share the weights.

    Parameters
    ----------
    model
        Raw samples 0..255 (batch, side, side, 3) -> ``classes`` (batch, classes), a softmax, and ``attributes`` (batch,
        values), logits.
    frozen
        Raw samples -> activation at the cut.
    spatial
        Activation at the cut -> last spatial activation (batch, rows, columns, channels).
    tail
        Activation at the cut -> features (batch, channels): the average over the places of ``spatial``.
    classes, attributes
        The heads.
    explained
        Path of the last spatial activation.
    """

    model: keras.Model
    frozen: keras.Model
    spatial: keras.Model
    tail: keras.Model
    classes: keras.layers.Dense
    attributes: keras.layers.Dense
    explained: str

    @property
    def trained(self) -> list[keras.Variable]:
        """What fitting changes: the tail's weights, but no BatchNormalization's, and the heads'."""
        heads = [*self.classes.trainable_variables, *self.attributes.trainable_variables]
        return [*self.tail.trainable_variables, *heads]


def build_network(recipe: Recipe, heads: Sequence[AttributeHead], weights: str = "imagenet") -> Network:
    """Build the network of a recipe.

    Parameters
    ----------
    recipe
        Backbone, sizes, classes, where training starts.
    heads
        Attributes to be read, at least one.
    weights
        ``imagenet`` or ``none``.

    Raises
    ------
    SettingsError
        When the backbone has no layer ``train_from``, or more than one tensor passes there.
    BundleError
        When ImageNet weights cannot be had.
    """
    # The ensemble's configuration names the weights of a backbone; nothing else of it is used.
    config = NetworkConfig(
        kind="ensemble", backbones=(recipe.backbone,), weights="none" if weights == "none" else "imagenet"
    )
    backbone = build_backbone(recipe.backbone, config, (recipe.side, recipe.side, 3), None)
    spatial = last_spatial(backbone)
    pool = keras.layers.GlobalAveragePooling2D(name=FEATURES_LAYER)
    classes = keras.layers.Dense(len(recipe.classes), activation="softmax", name=CLASSES_LAYER)
    attributes = keras.layers.Dense(sum(len(head.values) for head in heads), name=ATTRIBUTES_LAYER)
    pixels = keras.Input((recipe.side, recipe.side, 3), name="pixels")
    features = pool(backbone(pixels))
    outputs = {CLASSES_LAYER: classes(features), ATTRIBUTES_LAYER: attributes(features)}
    frozen, tail = _cut(backbone, recipe.fit.train_from)
    at_cut = keras.Input(tail.input.shape[1:], name="at_cut")
    return Network(
        model=keras.Model(pixels, outputs, name=recipe.name),
        frozen=frozen,
        spatial=tail,
        tail=keras.Model(at_cut, pool(tail(at_cut)), name="tail_and_pool"),
        classes=classes,
        attributes=attributes,
        explained=f"{backbone.name}/{spatial.name}",
    )


def _cut(backbone: keras.Model, last_frozen: str) -> tuple[keras.Model, keras.Model]:
    if last_frozen not in {layer.name for layer in backbone.layers}:
        raise SettingsError(f"fit.train_from: {backbone.name} has no layer “{last_frozen}”.")
    cut = backbone.get_layer(last_frozen).output
    try:
        frozen, tail = keras.Model(backbone.input, cut, name="frozen"), keras.Model(cut, backbone.output, name="tail")
    except ValueError as error:
        message = f"fit.train_from: {backbone.name} cannot be cut after “{last_frozen}”; more than one tensor passes."
        raise SettingsError(message, repr(error)) from error
    behind = {layer.name for layer in tail.layers}
    for layer in backbone.layers:
        # Never BatchNormalization: batches of few people teach it their stain.
        normalizes = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = layer.name in behind and not normalizes
    return frozen, tail
