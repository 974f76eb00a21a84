"""Which folder above a picture names its class; what names say is ``leukoscope.domain.side_names``'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leukoscope.domain.side_names import side_of, words_of

_CONTAINERS = frozenset(
    ("train", "training", "val", "valid", "validation", "test", "testing", "fold", "set", "part", "original")
) | frozenset(("segmented", "data", "dataset", "image", "images"))


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
        known = side_of(part)
        if known is not None:
            return part, classes[known]
    return None, None
