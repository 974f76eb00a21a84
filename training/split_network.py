"""A network taken apart at its joints: what is frozen, what trains, and the head. The parts share the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import keras

from leukoscope.domain.errors import SettingsError
from leukoscope.inference.layers import BranchScaling, CellStandardization
from training.networks import backbones_of, last_spatial


@dataclass(frozen=True, eq=False)
class Branch:
    """One backbone, cut where training starts.

    Parameters
    ----------
    name
        The backbone's name.
    frozen
        Raw pixels (batch, height, width, 3) -> activation at the cut. Never trained.
    tail
        Activation at the cut -> [last spatial activation, what the head gets].
    pool
        Last spatial activation -> what the head gets.
    """

    name: str
    frozen: keras.Model
    tail: keras.Model
    pool: keras.Model


@dataclass(frozen=True, eq=False)
class SplitNetwork:
    """All branches and the head; ``trainable`` is the model that is fitted on cached activations.

    Parameters
    ----------
    branches
        In the order of the head's inputs.
    head
        What the branches give -> [novelty features (batch, features), last hidden layer (batch, units)].
    trainable
        List of activations at the cuts -> probability (batch, 1).
    output
        The last layer, for its kernel and bias.
    """

    branches: tuple[Branch, ...]
    head: keras.Model
    trainable: keras.Model
    output: keras.layers.Dense


def split_network(network: keras.Model, train_from: Mapping[str, str]) -> SplitNetwork:
    """Cut a network that :mod:`training.networks` built.

    Parameters
    ----------
    network
        Ensemble or hybrid.
    train_from
        Backbone name -> name of its last frozen layer; a backbone that is absent stays frozen as a whole.

    Raises
    ------
    SettingsError
        When a name is unknown, or more than one tensor passes at the cut.
    """
    backbones = backbones_of(network)
    unknown = set(train_from) - {backbone.name for backbone in backbones}
    if unknown:
        raise SettingsError(f"train_from names {sorted(unknown)}, which this network does not have.")
    branches = tuple(_cut(network, backbone, train_from.get(backbone.name)) for backbone in backbones)
    inputs = [keras.Input(b.tail.input.shape[1:], name=f"{b.name}_cut") for b in branches]
    given = [branch.tail(x)[1] for branch, x in zip(branches, inputs, strict=True)]
    head_layers = _head_layers(network)
    x = given if len(given) > 1 else given[0]
    for layer in head_layers:
        x = layer(x)
    return SplitNetwork(
        branches, _head(branches, head_layers), keras.Model(inputs, x, name="trainable"), head_layers[-1]
    )


def _cut(network: keras.Model, backbone: keras.Model, last_frozen: str | None) -> Branch:
    names = [layer.name for layer in backbone.layers]
    if last_frozen is not None and last_frozen not in names:
        raise SettingsError(f"train_from: {backbone.name} has no layer “{last_frozen}”.")
    spatial = last_spatial(backbone)
    cut = backbone.get_layer(last_frozen) if last_frozen is not None else spatial
    try:
        # Keras refuses a model that gives its input, or the same tensor twice; Identity makes each output a new one.
        given = [keras.layers.Identity(name=n)(x) for n, x in (("spatial", spatial.output), ("given", backbone.output))]
        tail = keras.Model(cut.output, given, name=f"{backbone.name}_tail")
    except ValueError as error:
        raise SettingsError(
            f"train_from: {backbone.name} cannot be cut after “{cut.name}”; more than one tensor passes there.",
            repr(error),
        ) from error
    x = network.input
    for layer in network.layers:
        own = isinstance(layer, BranchScaling) and layer.name == f"{backbone.name}_scaling"
        if own or isinstance(layer, CellStandardization):
            x = layer(x)
    frozen = keras.Model(network.input, keras.Model(backbone.input, cut.output)(x), name=f"{backbone.name}_frozen")
    _freeze(backbone, tail, trains=last_frozen is not None)
    pooled = keras.layers.Identity(name="pooled")(backbone.output)
    pool = keras.Model(spatial.output, pooled, name=f"{backbone.name}_pool")
    return Branch(backbone.name, frozen, tail, pool)


def _freeze(backbone: keras.Model, tail: keras.Model, *, trains: bool) -> None:
    """Train the tail's layers only, never BatchNormalization: batches of few subjects teach it their stain."""
    behind_cut = {layer.name for layer in tail.layers}
    for layer in backbone.layers:
        normalizes = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = trains and layer.name in behind_cut and not normalizes


def _head_layers(network: keras.Model) -> list[keras.layers.Layer]:
    body = (keras.layers.InputLayer, keras.Model, BranchScaling, CellStandardization)
    return [layer for layer in network.layers if not isinstance(layer, body)]


def _head(branches: tuple[Branch, ...], layers: list[keras.layers.Layer]) -> keras.Model:
    inputs = [keras.Input(b.tail.output[1].shape[1:], name=f"{b.name}_features") for b in branches]
    x = inputs if len(inputs) > 1 else inputs[0]
    features = None
    for layer in layers[:-1]:
        x = layer(x)
        if layer.name == "features":
            features = x
    return keras.Model(inputs, [features, x], name="head")
