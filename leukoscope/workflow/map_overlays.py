"""Pictures that the window and the report show, made from the domain's objects."""

from __future__ import annotations

from leukoscope.domain.cells import Box, CellImage
from leukoscope.domain.findings import ExplanationMap, Label
from leukoscope.domain.frames import Pixels
from leukoscope.imaging.overlay import colorize, legend, overlay, part_of, thumbnail
from leukoscope.imaging.surroundings import surroundings

__all__ = ["colorize", "map_legend", "map_overlay", "printed_overlay", "surroundings", "thumbnail", "visible_part"]


def map_overlay(
    cell_image: CellImage,
    explanation: ExplanationMap,
    label: Label,
    opacity: float = 0.6,
    palette: str = "inferno",
    mode: str = "heat",
) -> Pixels:
    """Draw what speaks for ``label`` over the CellImage; the color scale is fixed, 0 to the layer's maximum.

    Returns
    -------
    ndarray
        Shape of ``cell_image.pixels``, uint8, RGB.
    """
    evidence = explanation.evidence(label)
    return overlay(cell_image.pixels, evidence, explanation.extent, opacity=opacity, palette=palette, mode=mode)


def printed_overlay(
    seen: Pixels, explanation: ExplanationMap, label: Label, opacity: float = 0.6, palette: str = "inferno"
) -> Pixels:
    """Draw a map over a picture that shows just the part of the CellImage that the map covers.

    Parameters
    ----------
    seen
        Shape (side, side, 3), uint8, RGB: ``visible_part`` at any size; small ones are quick to draw on.
    """
    height, width = seen.shape[:2]
    evidence = explanation.evidence(label)
    return overlay(seen, evidence, Box(0, 0, width, height), opacity=opacity, palette=palette, mode="heat")


def map_legend(palette: str, width: int, height: int) -> Pixels:
    """Color scale from 0 (left) to the layer's maximum (right): shape (height, width, 3), uint8, RGB."""
    return legend(palette, width, height)


def visible_part(cell_image: CellImage, pixels: Pixels, explanation: ExplanationMap | None = None) -> Pixels:
    """The part of a CellImage that the models saw, out of ``pixels`` of the same size; black beyond the CellImage."""
    if explanation is None:
        side = cell_image.pixels.shape[0]
        margin = side // 6
        return pixels[margin : side - margin, margin : side - margin]
    return part_of(pixels, explanation.extent)
