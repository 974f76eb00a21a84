"""Load a model that Keras 2 saved into Keras 3, weights and all. Runs in a child process only."""

from __future__ import annotations

import zipfile
from pathlib import Path

import h5py
import keras

from leukoscope.inference.channels import channels_last
from leukoscope.inference.keras2.archive import give_archive_weights
from leukoscope.inference.keras2.reading import config_of, h5_weights
from leukoscope.inference.keras2.rebuild import rebuild
from leukoscope.inference.keras2.weights import give_weights


def load_keras2(path: Path) -> keras.Model:
    """The network of a checked file of Keras 2, with its weights, in float32.

    Raises
    ------
    BundleError
        With one sentence, when it cannot be rebuilt.
    """
    config = config_of(path)
    channels_last(config)
    rebuilt = rebuild(config)
    if zipfile.is_zipfile(path):
        with (
            zipfile.ZipFile(path) as archive,
            archive.open("model.weights.h5") as file,
            h5py.File(file, "r") as tree,
        ):
            give_archive_weights(config, rebuilt.layers, tree)
    else:
        with h5py.File(path, "r") as tree:
            give_weights(rebuilt.layers, h5_weights(tree))
    model: keras.Model = rebuilt.model
    return model
