"""From a differential graph's raw outputs to a Naming: calibration, attributes, the map of the named class. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box
from leukoscope.domain.findings import Attribute, ExplanationMap, Naming
from leukoscope.inference.manifest import Manifest
from leukoscope.inference.opinions import FEATURES, LOGIT, NoveltyReference, bundle_id, map_output
from leukoscope.inference.preprocessing import crop_box

ATTRIBUTES = "attributes"
"""Output with the logits of all attributes, one after the other: shape (1, total of values)."""


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities of logits, shape (classes,) or (n, classes), divided by a temperature (Guo et al. 2017)."""
    z = logits.astype(np.float64) / temperature
    exponentials = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def naming_of(
    outputs: Mapping[str, NDArray[np.float32]],
    manifest: Manifest,
    reference: NoveltyReference | None,
    extent: Box | None = None,
) -> Naming:
    """Make a Naming of the graph's outputs for one cell.

    Parameters
    ----------
    outputs
        By name: ``logit`` (1, classes), ``attributes`` (1, values), ``map:NAME`` (1, rows, columns, classes),
        ``features`` (1, n); maps, attributes and features may be missing.
    manifest
        Of a differential bundle.
    reference
        Of the bundle.
    extent
        The part of the CellImage that the maps cover; ``None`` where the manifest alone says it.

    Raises
    ------
    ValueError
        When the bundle is no differential.
    """
    rule = manifest.naming
    if rule is None:
        raise ValueError(f"the bundle {manifest.name} names no cells")
    probabilities = softmax(outputs[LOGIT].reshape(-1), manifest.calibration.temperature)
    named = int(np.argmax(probabilities))
    extent = extent or crop_box(manifest.preprocessing)
    maps = tuple(
        ExplanationMap(
            layer.name,
            layer.kind,
            np.ascontiguousarray(outputs[map_output(layer.name)][0, :, :, named]),
            layer.maximum,
            extent,
        )
        for layer in manifest.explanations
        if map_output(layer.name) in outputs
    )
    return Naming(
        bundle=bundle_id(manifest),
        probabilities={code: float(p) for code, p in zip(manifest.classes, probabilities, strict=True)},
        confident=rule.confident_of(manifest.classes[named]),
        gate=rule.gate,
        attributes=attributes_of(outputs, manifest),
        maps=maps,
        novelty=reference.novelty(outputs[FEATURES][0]) if reference is not None and FEATURES in outputs else None,
    )


def attributes_of(outputs: Mapping[str, NDArray[np.float32]], manifest: Manifest) -> tuple[Attribute, ...]:
    """The most probable value of every attribute that the bundle reads; empty when it reads none."""
    if ATTRIBUTES not in outputs:
        return ()
    logits, first, found = outputs[ATTRIBUTES].reshape(-1), 0, []
    for head in manifest.attributes:
        probabilities = softmax(logits[first : first + len(head.values)])
        first += len(head.values)
        best = int(np.argmax(probabilities))
        found.append(Attribute(head.name, head.values[best], float(probabilities[best])))
    return tuple(found)
