"""One network of a run: which cells train it, fitted, and what it says of all cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cell_classes import BLAST
from leukoscope.inference.manifest import AttributeHead
from training.config import SplitConfig
from training.differential.activations import PLAIN, activation_file
from training.differential.cells import TRAIN, LabeledCell
from training.differential.fit import Targets, class_weights, fit
from training.differential.network import Network, build_network
from training.differential.recipe import Recipe
from training.listing import Sample
from training.splits import make_folds

Say = Callable[[str], None]
FINAL = "final"
WEIGHTS_FILE, SAID_FILE = "network.weights.h5", "said.npz"
ACTIVATIONS = "activations"
_CHUNK = 128


@dataclass(frozen=True, eq=False)
class FoldOutputs:
    """What a fitted network says of all cells.

    Parameters
    ----------
    logits
        Shape (n, classes), float32.
    attributes
        Logits of all attributes, shape (n, values), float32.
    features
        Shape (n, channels), float16.
    peaks
        Highest evidence for the most probable class in each cell's map, shape (n,), float32.
    """

    logits: NDArray[np.float32]
    attributes: NDArray[np.float32]
    features: NDArray[np.float16]
    peaks: NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write it in one step."""
        part = path.with_suffix(".part.npz")
        np.savez(part, logits=self.logits, attributes=self.attributes, features=self.features, peaks=self.peaks)
        part.replace(path)


def load_outputs(path: Path) -> FoldOutputs:
    """Read what :meth:`FoldOutputs.save` wrote."""
    with np.load(path) as arrays:
        return FoldOutputs(arrays["logits"], arrays["attributes"], arrays["features"], arrays["peaks"])


def held_out_people(facts: Sequence[LabeledCell], recipe: Recipe, name: str) -> frozenset[str]:
    """C-NMC's people whom a part never sees: those of its fold; nobody for ``final``."""
    if name == FINAL:
        return frozenset()
    cells = [fact for fact in facts if fact.source == "c-nmc" and not fact.made]
    samples = [Sample(Path(fact.name), int(fact.code == BLAST), fact.group) for fact in cells]
    folds = make_folds(samples, SplitConfig(folds=recipe.folds), recipe.seed)
    test = folds[int(name.removeprefix("fold-"))].test
    return frozenset(samples[row].subject for row in test)


def trains(facts: Sequence[LabeledCell], people: frozenset[str]) -> NDArray[np.bool_]:
    """Which cells train a part, shape (n,): whole ones, or made ones, of nobody who is held out."""
    return np.array(
        [fact.part == TRAIN and fact.whole and not (fact.source == "c-nmc" and fact.group in people) for fact in facts]
    )


def train_part(
    name: str,
    facts: Sequence[LabeledCell],
    values: NDArray[np.int64],
    heads: Sequence[AttributeHead],
    recipe: Recipe,
    run: Path,
    say: Say,
) -> None:
    """Fit one network on the run's activations and write its weights and what it says; nothing if that is done.

    Parameters
    ----------
    name
        ``fold-0`` and so on, or ``final``.
    facts
        Of all cells, those made of others included.
    values
        Of the attributes, shape (n, attributes).
    heads
        Of the attributes.
    recipe, run
        Of the run.
    say
        Gets a line per epoch.
    """
    folder = run / name
    if (folder / SAID_FILE).is_file():
        say(f"{name} is done already")
        return
    folder.mkdir(parents=True, exist_ok=True)
    number = {code: index for index, code in enumerate(recipe.classes)}
    labels = np.array([number[fact.code] for fact in facts], dtype=np.int64)
    people = np.array([fact.group if fact.source == "c-nmc" else "" for fact in facts])
    rows = np.flatnonzero(trains(facts, held_out_people(facts, recipe, name)))
    say(f"{name}: {rows.size:,} of {len(facts):,} cells train")
    factors = np.array([recipe.source_weights.get(fact.source, 1.0) for fact in facts])
    targets = Targets(labels, values, class_weights(labels, people, rows, factors=factors), rows)
    network = build_network(recipe, heads)
    fit(network, targets, heads, recipe.fit, run / ACTIVATIONS, recipe.seed, say)
    network.model.save_weights(folder / WEIGHTS_FILE)
    network_outputs(network, run / ACTIVATIONS).save(folder / SAID_FILE)


def network_outputs(network: Network, activations: Path) -> FoldOutputs:
    """What a fitted network gives for all cells as they are."""
    plain = np.load(activation_file(activations, PLAIN), mmap_mode="r")
    kernel, bias = (np.asarray(variable) for variable in (network.classes.kernel, network.classes.bias))
    spatial = network.spatial
    logits, attributes, features, peaks = [], [], [], []
    for first in range(0, plain.shape[0], _CHUNK):
        maps = np.asarray(spatial(plain[first : first + _CHUNK].astype(np.float32), training=False))
        pooled = maps.mean(axis=(1, 2))
        z = pooled @ kernel + bias
        named = kernel[:, z.argmax(axis=1)].T / (maps.shape[1] * maps.shape[2])
        logits.append(z)
        attributes.append(np.asarray(network.attributes(pooled)))
        features.append(pooled.astype(np.float16))
        peaks.append(np.einsum("nhwc,nc->nhw", maps, named).max(axis=(1, 2)))
    joined = [np.concatenate(part) for part in (logits, attributes, features, peaks)]
    return FoldOutputs(
        joined[0].astype(np.float32), joined[1].astype(np.float32), joined[2], joined[3].astype(np.float32)
    )
