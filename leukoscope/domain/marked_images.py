"""Images with every cell in them marked: what somebody who trains a search for cells learns from."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.cells import Box

Outline = tuple[tuple[int, int], ...]
"""Corners (x, y) in pixels of the image."""


@dataclass(frozen=True)
class MarkedCell:
    """One cell of an image.

    Parameters
    ----------
    box
        In pixels of the image.
    area
        Pixels of its mask.
    outlines
        Around each piece of its mask, three corners or more.
    word
        What it is: the code of a class, or *leukemic*, *healthy*, *unsure* where nobody named it.
    is_decided
        Whether a person said so; else the program did.
    flags
        What is special about it.
    """

    box: Box
    area: int
    outlines: tuple[Outline, ...]
    word: str
    is_decided: bool
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class MarkedImage:
    """One image.

    Parameters
    ----------
    name
        Of its file, without a folder.
    width, height
        In pixels.
    subject
        Pseudonym of the patient.
    um_per_px
        Scale; ``None`` where nothing says it.
    cells
        All that count.
    """

    name: str
    width: int
    height: int
    subject: str
    um_per_px: float | None
    cells: tuple[MarkedCell, ...]
