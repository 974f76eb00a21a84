"""From a graph's raw outputs to an Opinion: calibration, maps in place, novelty. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box
from leukoscope.domain.errors import BundleError, Cause
from leukoscope.domain.findings import BundleId, ExplanationMap, Opinion, Thresholds
from leukoscope.inference.manifest import Calibration, Manifest
from leukoscope.inference.preprocessing import crop_box

LOGIT, FEATURES = "logit", "features"


def map_output(name: str) -> str:
    """Name of the graph's output that carries a map."""
    return f"map:{name}"


def calibrated(logit: float, calibration: Calibration) -> float:
    """Calibrated probability of leukemic: ``sigmoid(logit / temperature + bias)`` (Platt 1999, Guo et al. 2017)."""
    z = logit / calibration.temperature + calibration.bias
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


@dataclass(frozen=True, eq=False)
class NoveltyReference:
    """What the training cells' features look like (see ``manifest.Novelty``).

    Parameters
    ----------
    mean
        Shape (features,).
    components
        Shape (k, features).
    scale
        Shape (k,).
    threshold
        Distance above which a cell is unlike.
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    scale: NDArray[np.float32]
    threshold: float

    def novelty(self, features: NDArray[np.float32]) -> float:
        """Whitened distance of a feature vector, shape (features,), over the threshold."""
        whitened = (self.components @ (features - self.mean)) / self.scale
        return float(np.linalg.norm(whitened) / math.sqrt(len(self.scale)) / self.threshold)


def load_novelty(folder: Path, manifest: Manifest) -> NoveltyReference | None:
    """Read the novelty reference of a bundle; ``None`` when it has none.

    Raises
    ------
    BundleError
        When the file is missing or not what the manifest says.
    """
    if manifest.novelty is None:
        return None
    path = folder / manifest.novelty.file
    try:
        with np.load(path, allow_pickle=False) as arrays:
            mean, components, scale = (np.asarray(arrays[key], np.float32) for key in ("mean", "components", "scale"))
    except (OSError, ValueError, KeyError) as error:
        message = f"The model “{manifest.name}” has no readable {manifest.novelty.file}; install it again."
        raise BundleError(message, repr(error)) from error
    if components.shape != (len(scale), len(mean)):
        message = f"The file {manifest.novelty.file} does not belong to the model “{manifest.name}”; install it again."
        detail = f"shapes {mean.shape} {components.shape} {scale.shape}"
        raise BundleError(message, detail, cause=Cause.NOT_UNDERSTOOD)
    return NoveltyReference(mean, components, scale, manifest.novelty.threshold)


def bundle_id(manifest: Manifest) -> BundleId:
    """Name, version and SHA-256 of a bundle."""
    return BundleId(manifest.name, manifest.version, manifest.model_sha256)


def opinion_of(
    outputs: Mapping[str, NDArray[np.float32]],
    manifest: Manifest,
    reference: NoveltyReference | None,
    extent: Box | None = None,
) -> Opinion:
    """Make an Opinion of the graph's outputs for one cell.

    Parameters
    ----------
    outputs
        By name: ``logit`` (1,), ``map:NAME`` (1, rows, columns), ``features`` (1, n); maps and features may be missing.
    manifest
        Of the bundle.
    reference
        Of the bundle.
    extent
        The part of the CellImage that the maps cover; ``None`` where the manifest alone says it.
    """
    logit = float(outputs[LOGIT].reshape(-1)[0])
    extent = extent or crop_box(manifest.preprocessing)
    maps = tuple(
        ExplanationMap(layer.name, layer.kind, outputs[map_output(layer.name)][0], layer.maximum, extent)
        for layer in manifest.explanations
        if map_output(layer.name) in outputs
    )
    novelty = reference.novelty(outputs[FEATURES][0]) if reference is not None and FEATURES in outputs else None
    return Opinion(
        bundle=bundle_id(manifest),
        logit=logit,
        probability=calibrated(logit, manifest.calibration),
        thresholds=Thresholds(manifest.band.low, manifest.band.high),
        maps=maps,
        novelty=novelty,
    )
