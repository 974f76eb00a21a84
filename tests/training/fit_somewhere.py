"""Fit the first fold in this process and keep what it ends with: CONFIG CELLS FOLDER LOGICAL_DEVICES."""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from training.activations import compute_activations
from training.config import read_config
from training.data import find_samples, read_cells
from training.fitting.distribution import find_distribution
from training.fitting.loop import fit_network
from training.fitting.task import make_task, new_network
from training.splits import make_folds


def main(config_file: Path, data: Path, folder: Path, devices: int) -> None:
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * devices)
    config = read_config(config_file)
    distribution = find_distribution(config.fit)
    cells = read_cells(find_samples(data, config.data), config.preprocessing)
    train = np.array(make_folds(cells.samples, config.split, config.seed)[0].train)
    activations = compute_activations(new_network(config)[1].branches, cells, config, print)
    network, task = make_task(config, distribution, cells, activations, train, np.arange(0), print)
    folder.mkdir()
    fit_network(task, distribution, folder, print)
    np.savez(folder / "fitted.npz", *[keras.ops.convert_to_numpy(variable) for variable in network.variables])
    distribution.share(b"done")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
