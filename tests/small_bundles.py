"""Two small but real bundles for the tests: ``python -m tests.small_bundles FOLDER`` writes bundles and graphs there.

The networks are the house architectures in miniature (two tiny nested branches; one tiny branch and filter tokens),
with random weights from a fixed seed. Built in a process of its own, so that no test that shows a window has
TensorFlow in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np

from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.layers import BranchScaling, FilterTokenCrossAttention, TokenSelfAttention
from leukoscope.inference.manifest import (
    CARD_FILE,
    MODEL_FILE,
    NOVELTY_FILE,
    Band,
    Calibration,
    ExplanationLayer,
    Manifest,
    Novelty,
    file_sha256,
    write_manifest,
)
from tests import compiled_graphs

SIDE = 64


def branch(name: str, filters: int) -> keras.Model:
    """A backbone in miniature: (64, 64, 3) -> (8, 8, 4 * filters)."""
    x = inputs = keras.Input((SIDE, SIDE, 3))
    for step in range(3):
        x = keras.layers.Conv2D(filters * (step + 1), 3, strides=2, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.ReLU(6.0)(x)
    x = keras.layers.Conv2D(4 * filters, 1, name="top_conv")(x)
    return keras.Model(inputs, keras.layers.ReLU(6.0, name="top_activation")(x), name=name)


def ensemble() -> tuple[keras.Model, tuple[ExplanationLayer, ...], str]:
    """Two branches, pooled, one head."""
    inputs = keras.Input((SIDE, SIDE, 3))
    pooled = []
    for name, filters in (("branch-a", 8), ("branch-b", 6)):
        x = BranchScaling(1 / 127.5, -1.0, name=f"scale_{name}")(inputs)
        x = branch(name, filters)(x)
        pooled.append(keras.layers.GlobalAveragePooling2D(name=f"pool_{name}")(x))
    x = keras.layers.Concatenate(name="features")(pooled)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dense(32, activation="relu")(x)
    x = keras.layers.Dropout(0.5)(x)
    outputs = keras.layers.Dense(1, activation="sigmoid")(x)
    maps = tuple(
        ExplanationLayer(name=n, title=n.title(), kind="grad-cam", layer=f"{n}/top_activation", maximum=0.05)
        for n in ("branch-a", "branch-b")
    )
    return keras.Model(inputs, outputs, name="ensemble"), maps, "features"


def hybrid() -> tuple[keras.Model, tuple[ExplanationLayer, ...], str]:
    """One branch, filter tokens, one self-attention block."""
    inputs = keras.Input((SIDE, SIDE, 3))
    x = BranchScaling(1 / 127.5, -1.0, name="scale")(inputs)
    x = branch("branch-c", 8)(x)
    x = FilterTokenCrossAttention(tokens=8, heads=2, head_size=8, feed_forward=16, name="filter_tokens")(x)
    x = TokenSelfAttention(heads=2, head_size=8, feed_forward=16, name="self_attention_1")(x)
    x = keras.layers.GlobalAveragePooling1D(name="features")(x)
    x = keras.layers.Dense(16, activation="relu")(x)
    outputs = keras.layers.Dense(1, activation="sigmoid")(x)
    maps = (
        ExplanationLayer(
            name="branch-c", title="Branch C", kind="grad-cam", layer="branch-c/top_activation", maximum=0.05
        ),
        ExplanationLayer(name="attention", title="Attention", kind="attention", layer="filter_tokens", maximum=0.05),
    )
    return keras.Model(inputs, outputs, name="hybrid"), maps, "features"


def write_bundle(
    folder: Path, name: str, model: keras.Model, maps: tuple[ExplanationLayer, ...], features: str
) -> None:
    """Write one bundle whose novelty reference is wide enough to call nothing unlike."""
    folder.mkdir(parents=True)
    model.save(folder / MODEL_FILE)
    width = int(model.get_layer(features).output.shape[-1])
    count = min(4, width)
    np.savez(
        folder / NOVELTY_FILE,
        mean=np.zeros(width, np.float32),
        components=np.eye(count, width, dtype=np.float32),
        scale=np.full(count, 1e3, np.float32),
    )
    (folder / CARD_FILE).write_text(f"# {name}\n\nA small network with random weights, for tests.\n", encoding="utf-8")
    write_manifest(
        Manifest(
            name=name,
            title=f"Small {name}",
            version="0.0.1",
            created="2026-11-23",
            architecture=f"{name} in miniature",
            parameters=int(model.count_params()),
            source="trained",
            model_sha256=file_sha256(folder / MODEL_FILE),
            classes=("healthy", "leukemic"),
            preprocessing=Preprocessing(height=SIDE, width=SIDE),
            calibration=Calibration(temperature=0.05, fitted_on="nothing; a test", n=0),
            thresholds=Band(low=0.45, high=0.55),
            explanations=maps,
            novelty=Novelty(layer=features, sha256=file_sha256(folder / NOVELTY_FILE), threshold=1.0, n=1),
            split="none",
        ),
        folder,
    )


def main(out: Path) -> None:
    """Write both to ``bundles``, and their graphs to ``graphs``: TensorFlow is imported once for all."""
    keras.utils.set_random_seed(7)
    for name, build in (("ensemble", ensemble), ("hybrid", hybrid)):
        model, maps, features = build()
        write_bundle(out / "bundles" / name, name, model, maps, features)
    compiled_graphs.main(out / "bundles", out / "graphs")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
