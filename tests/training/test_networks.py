"""The two networks: counts, joints, save and load."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from leukoscope.domain.errors import SettingsError
from training.config import CONFIG_FOLDER, NetworkConfig, StandardizeConfig, read_config
from training.networks import backbones_of, build_network, last_spatial, train_last_layers
from training.split_network import split_network

SMALL = (64, 64, 3)


def counts(weights: list[keras.Variable]) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)


def network_config(kind: str, *backbones: str) -> NetworkConfig:
    return NetworkConfig.model_validate(
        {
            "kind": kind,
            "backbones": backbones,
            "weights": "none",
            "dense": 16,
            "tokens": 4,
            "heads": 2,
            "head_size": 8,
            "feed_forward": 16,
        }
    )


@pytest.fixture(scope="module")
def reference() -> keras.Model:
    config = read_config(CONFIG_FOLDER / "ensemble_reference.toml").network
    return build_network(config.model_copy(update={"weights": "none"}))


def test_the_reference_ensemble_has_the_published_counts(reference: keras.Model) -> None:
    train_last_layers(reference, 50)
    assert reference.count_params() == 99_181_968
    assert counts(reference.trainable_weights) == 43_314_101
    assert counts(reference.non_trainable_weights) == 55_867_867


def test_the_reference_ensemble_explains_its_last_activations(reference: keras.Model) -> None:
    names = [backbone.name for backbone in backbones_of(reference)]
    assert names == ["efficientnetb3", "resnet152v2", "convnext_tiny"]
    shapes = [last_spatial(backbone).output.shape[1:] for backbone in backbones_of(reference)]
    assert shapes == [(7, 7, 1536), (7, 7, 2048), (7, 7, 768)]


def test_the_reference_configuration_cuts_where_one_tensor_passes(reference: keras.Model) -> None:
    parts = split_network(reference, read_config(CONFIG_FOLDER / "ensemble_reference.toml").fit.train_from)
    assert [branch.tail.input.shape[1:3] for branch in parts.branches] == [(7, 7), (7, 7), (7, 7)]


def test_the_hybrid_is_built_as_designed() -> None:
    config = NetworkConfig(kind="hybrid", backbones=("efficientnetb0",), weights="none", dropout=0.4)
    network = build_network(config)
    assert network.get_layer("efficientnetb0").output.shape == (None, 7, 7, 1280)
    tokens = network.get_layer("filter_tokens")
    assert tokens.output.shape == (None, 64, 256)
    assert (tokens.heads, tokens.head_size, tokens.feed_forward, tokens.dropout) == (8, 32, 256, 0.1)
    assert [layer.name for layer in network.layers if "self_attention" in layer.name] == [
        "self_attention_1",
        "self_attention_2",
    ]
    assert network.output.shape == (None, 1)


def test_a_resnet_sees_minus_one_to_one() -> None:
    network = build_network(network_config("ensemble", "resnet50v2"), SMALL)
    scaling = network.get_layer("resnet50v2_scaling")
    scaled = np.asarray(scaling(np.array([[[[0.0, 127.5, 255.0]]]], np.float32)))
    np.testing.assert_allclose(scaled[0, 0, 0], [-1, 0, 1], atol=1e-6)


@pytest.mark.parametrize(
    "config",
    [
        network_config("ensemble", "efficientnet-lite0"),
        network_config("ensemble", "efficientnet-lite0", "mobilenetv2"),
        network_config("hybrid", "efficientnet-lite0").model_copy(update={"standardize": StandardizeConfig()}),
        network_config("hybrid", "mobilenetv2"),
    ],
    ids=["one branch", "two branches", "hybrid", "hybrid on another backbone"],
)
def test_a_network_says_the_same_after_saving_and_loading(config: NetworkConfig, tmp_path: Path) -> None:
    network = build_network(config, SMALL)
    pixels = np.random.default_rng(1).integers(0, 256, (3, *SMALL)).astype(np.float32)
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    np.testing.assert_array_equal(np.asarray(loaded(pixels)), np.asarray(network(pixels)))
    assert [b.name for b in backbones_of(loaded)] == list(config.backbones)


def test_the_parts_together_are_the_network() -> None:
    network = build_network(network_config("ensemble", "efficientnet-lite0", "mobilenetv2"), SMALL)
    parts = split_network(network, {"efficientnet-lite0": "block5a_project_bn"})
    pixels = np.random.default_rng(2).integers(0, 256, (2, *SMALL)).astype(np.float32)
    cut = [branch.frozen(pixels, training=False) for branch in parts.branches]
    np.testing.assert_allclose(
        np.asarray(parts.trainable(cut, training=False)), np.asarray(network(pixels, training=False)), atol=1e-6
    )


def test_only_what_lies_behind_the_cut_trains() -> None:
    network = build_network(network_config("ensemble", "efficientnet-lite0", "mobilenetv2"), SMALL)
    split_network(network, {"efficientnet-lite0": "block6a_project_bn"})
    lite, mobile = backbones_of(network)
    trained = {layer.name for layer in lite.layers if layer.trainable_weights}
    assert {"top_conv", "block7a_dwconv"} <= trained
    assert not {"stem_conv", "block5a_dwconv", "block6a_dwconv", "top_bn"} & trained
    assert not mobile.trainable_weights


def test_a_cut_inside_a_block_is_refused() -> None:
    network = build_network(network_config("ensemble", "efficientnet-lite0"), SMALL)
    with pytest.raises(SettingsError, match="more than one tensor"):
        split_network(network, {"efficientnet-lite0": "block6b_dwconv"})
    with pytest.raises(SettingsError, match="no layer"):
        split_network(network, {"efficientnet-lite0": "block9z"})


def test_an_unknown_backbone_is_named() -> None:
    with pytest.raises(SettingsError, match="no known backbone"):
        build_network(network_config("ensemble", "vgg99"), SMALL)
