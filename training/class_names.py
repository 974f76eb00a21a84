"""What a folder's name says of the cells in it: healthy, leukemic, or nothing that is known.

The published sets name their folders ``Healthy`` and ``Cancerous``, ``hem`` and ``all``, ``Benign``, ``[Malignant]
early Pre-B``, ``all_pro``. Benign there are hematogones and other healthy cells; Early, Pre and Pro are stages of
leukemic B lymphoblasts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

Class = Literal[0, 1]
HEALTHY: Class = 0
LEUKEMIC: Class = 1

_HEALTHY = frozenset(
    ("healthy", "hem", "normal", "normals", "benign", "negative", "control", "controls", "hematogone", "hematogones")
)
_LEUKEMIC = frozenset(
    ("leukemic", "leukaemic", "leukemia", "leukaemia", "cancer", "cancerous", "malignant", "positive", "blast")
) | frozenset(("blasts", "lymphoblast", "lymphoblasts", "lymphoblastic", "early", "pre", "pro"))
_NEGATIONS = frozenset(("non", "not", "no"))
_NEGATED = frozenset(("leukemic", "leukaemic", "leukemia", "leukaemia", "cancer", "cancerous", "malignant", "all"))
_NEGATED_WORDS = frozenset(f"non{word}" for word in _NEGATED)
_ALL = "all"
_FILLERS = frozenset(
    ("cell", "cells", "class", "image", "images", "picture", "pictures", "b", "type", "stage", "acute")
)
_CONTAINERS = frozenset(
    ("train", "training", "val", "valid", "validation", "test", "testing", "fold", "set", "part", "original")
) | frozenset(("segmented", "data", "dataset", "image", "images"))


def words_of(name: str) -> list[str]:
    """The words of a folder's name, case-folded: ``[Malignant] early Pre-B`` is malignant, early, pre, b."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W\d_]+", spaced.casefold())


def class_of(name: str) -> Class | None:
    """What a folder's name says: 0 healthy, 1 leukemic, ``None`` where it is not known."""
    words = [word for word in words_of(name) if word not in _FILLERS]
    if not words:
        return None
    if len(words) == 1 and words[0] in _NEGATED_WORDS:
        return HEALTHY
    if words[0] in _NEGATIONS:
        return HEALTHY if set(words[1:]) and set(words[1:]) <= _NEGATED else None
    told = {word for word in words if word != _ALL}
    if not told:
        return LEUKEMIC  # ALL: acute lymphoblastic leukemia
    if told <= _HEALTHY:
        return HEALTHY
    return LEUKEMIC if told <= _LEUKEMIC else None


def is_container(name: str) -> bool:
    """Whether a folder's name speaks of a part of a set (train, test, fold_0, Original), not of cells."""
    return bool(words_of(name)) and set(words_of(name)) <= _CONTAINERS


def folder_class(
    parts: Sequence[str], classes: Sequence[str], own: Mapping[str, str]
) -> tuple[str, str | None] | tuple[None, None]:
    """Which of the folders above a picture names its class: the innermost that is known.

    Parameters
    ----------
    parts
        Names of the folders from the outside in.
    classes
        Healthy's and leukemic's name in the configuration.
    own
        ``data.class_folders``, which goes before what is known; case does not matter.

    Returns
    -------
    tuple
        Folder, and the class's name, or what ``own`` says (``leave-out``); two ``None`` where no folder is known.
    """
    mapped = {name.casefold(): value for name, value in own.items()}
    for part in reversed(parts):
        if part.casefold() in mapped:
            return part, mapped[part.casefold()]
        if part in classes:
            return part, part
        known = class_of(part)
        if known is not None:
            return part, classes[known]
    return None, None
