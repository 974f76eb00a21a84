"""Ways of feeding a network that are worth a try, the likeliest first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from leukoscope.domain.cuts import CELL_IMAGE_SIDE, Cut, Cutting
from leukoscope.domain.feeding import PRESETS, Feeding, Normalization, fitting

_WHOLE_CELL = CELL_IMAGE_SIDE
CUTS = (
    Feeding(),
    Feeding(crop=_WHOLE_CELL),
    Feeding(Cutting.KEPT, crop=_WHOLE_CELL),
    Feeding(Cutting.KEPT),
    Feeding(Cutting.WHOLE),
)
"""As the house's own; as notebooks read C-NMC; with the glass and red cells around; the whole image."""

_RAW = Normalization("RGB", "0..255")
_ONE = Normalization("RGB", "0..1")
_OTHERS = (
    _ONE,
    _RAW,
    PRESETS["tf"],
    PRESETS["torch"],
    PRESETS["caffe"],
    Normalization("BGR", "0..1"),
    Normalization("BGR", "0..255"),
    Normalization("BGR", "-1..1"),
)
"""Most notebooks divide by 255, whatever the backbone; OpenCV reads BGR."""
_OF_SCALING = (_RAW, Normalization("BGR", "0..255"), _ONE, PRESETS["tf"])
"""For a network that scales samples itself; some notebooks scale them a second time."""

_FAMILIES: tuple[tuple[str, Normalization], ...] = (
    (r"resnet\d*v2", PRESETS["tf"]),
    (r"resnext|densenet", PRESETS["torch"]),
    (r"resnet|vgg|conv\d_block\d_\d_conv|block\d_conv\d", PRESETS["caffe"]),
    (r"inception|xception|mobilenet|nasnet|expanded_conv", PRESETS["tf"]),
    (r"efficientnet|convnext|regnet", _RAW),
)
"""What keras.applications wants, by the names that its layers have."""


def candidates(
    scales_itself: bool, names: Iterable[str], channels: int, pinned: Mapping[str, Any]
) -> tuple[Feeding, ...]:
    """All ways to try.

    Parameters
    ----------
    scales_itself
        Whether layers of the network scale samples already: then it most likely wants them raw.
    names
        Of its layers and nested models.
    channels
        Of its input.
    pinned
        What a person has said, by the names that a Feeding has: nothing else is tried for these.
    """
    likely = _of_family(names)
    others = (likely, *(one for one in _OTHERS if one != likely)) if likely else _OTHERS
    numbers = _OF_SCALING if scales_itself else others
    found: dict[Feeding, None] = {}
    for one in numbers:
        for cut in CUTS:
            found.setdefault(fitting(replace(one.of(cut), **pinned), channels))
    return tuple(one for one in found if one.crop <= one.canvas)


def cuts_to_try(pinned: Mapping[str, Any]) -> frozenset[Cut]:
    """How cells have to be cut out for all candidates."""
    fed: Sequence[Feeding] = [replace(cut, **pinned) for cut in CUTS]
    return frozenset(Cut(one.cut_out) if one.cut_out is Cutting.WHOLE else Cut(one.cut_out, one.canvas) for one in fed)


def _of_family(names: Iterable[str]) -> Normalization | None:
    text = " ".join(names).lower()
    return next((numbers for pattern, numbers in _FAMILIES if re.search(pattern, text)), None)
