"""Which layers of a foreign network are worth a map, and what they are called. Runs in a child process only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import keras

from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.manifest import ExplanationLayer
from leukoscope.inference.trace import Step

MAX_BRANCHES = 9
"""As many as there are number keys to choose a map with."""

# These hand a map on as they got it, or with a rim of zeros: the layer before them is the one worth naming.
_PASSING = (keras.layers.Dropout, keras.layers.SpatialDropout2D, keras.layers.ZeroPadding2D, keras.layers.InputLayer)


def layers_named(
    kind: MapKind, names: Sequence[tuple[str, str]], steps: Sequence[Step]
) -> tuple[ExplanationLayer, ...]:
    """Calls of layers, each with a name and a title, shown as maps of a kind; maxima are not yet calibrated."""
    return tuple(
        ExplanationLayer(name=name, title=title, kind=kind, layer=step.path, maximum=1.0, call=step.number)
        for (name, title), step in zip(names, steps, strict=True)
    )


def once_each(steps: Sequence[Step]) -> list[Step]:
    """One call of each layer: one that sees the cell as it lies, before one that sees it flipped."""
    best: dict[str, Step] = {}
    for step in steps:
        if step.path not in best or (best[step.path].turned and not step.turned):
            best[step.path] = step
    return list(best.values())


def branch_layers(steps: Sequence[Step]) -> tuple[ExplanationLayer, ...]:
    """Last spatial activation of every branch: a map that something consumes which gives no map itself."""
    found = [_producer(steps, tensor) for tensor in _last_maps(steps)]
    shown = once_each([step for step in found if step is not None])[:MAX_BRANCHES]
    names = [(name, _title(name)) for name in _short_names([step.path for step in shown])]
    return layers_named(MapKind.GRAD_CAM, names, shown)


def _is_map(tensor: Any) -> bool:
    shape = tensor.shape
    return len(shape) == 4 and None not in shape[1:] and shape[1] > 1 and shape[2] > 1 and shape[3] > 1


def _last_maps(steps: Sequence[Step]) -> list[Any]:
    """Maps of which no other map is made: what the head takes of each branch.

    Squeeze-and-excitation pools a map too, but that map goes on.
    """
    leading: set[int] = set()
    last: dict[int, Any] = {}
    for step in reversed(steps):
        if any(_is_map(one) or id(one) in leading for one in step.outputs):
            leading |= {id(one) for one in step.inputs}
    for step in steps:
        last |= {id(one): one for one in step.inputs if _is_map(one) and id(one) not in leading}
    return list(last.values())


def _producer(steps: Sequence[Step], tensor: Any) -> Step | None:
    for step in reversed(steps):
        if any(one is tensor for one in step.outputs):
            # What gives several maps has cut one into parts.
            if (isinstance(step.layer, _PASSING) or len(step.outputs) > 1) and step.inputs:
                return _producer(steps, step.inputs[0])
            return step
    return None


def _short_names(paths: Sequence[str]) -> list[str]:
    """Name of the backbone a layer lies in, else of the layer; made unique and fit for a file name."""
    names: list[str] = []
    for path in paths:
        base = re.sub(r"[^a-z0-9._-]+", "-", path.split("/")[0].lower()).strip("-._") or "map"
        base = base[:48]
        count = sum(one == base or one.startswith(f"{base}-") for one in names)
        names.append(base if not count else f"{base}-{count + 1}")
    return names


_SPELLINGS = {
    "convnext": "ConvNeXt",
    "densenet": "DenseNet",
    "efficientnet": "EfficientNet",
    "mobilenet": "MobileNet",
    "nasnet": "NASNet",
    "resnet": "ResNet",
    "vgg": "VGG",
}


def _title(name: str) -> str:
    """``convnext_tiny`` -> ``ConvNeXt Tiny``, ``efficientnetb3`` -> ``EfficientNetB3``, ``conv2d`` -> ``Conv2D``."""
    text = name.replace("_", " ").replace("-", " ").title()
    for plain, spelling in _SPELLINGS.items():
        text = re.sub(plain, spelling, text, flags=re.IGNORECASE)
    return re.sub(r"(?<=[a-z0-9])(?<!Con)[bv](?=\d)", lambda found: found[0].upper(), text)
