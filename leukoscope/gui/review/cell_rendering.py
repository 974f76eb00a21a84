"""Pictures of one cell for the inspector and the canvas, made in worker threads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cells import CellImage
from leukoscope.domain.findings import ExplanationMap, Label, Naming, Opinion
from leukoscope.gui.pixels import to_image
from leukoscope.gui.review.thumbnails import ThumbnailPixels
from leukoscope.workflow.map_overlays import map_overlay, surroundings, thumbnail, visible_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.domain.frames import Pixels
    from leukoscope.workflow.workbench import Workbench


class Evidence(StrEnum):
    """What a map shows evidence for."""

    OWN = "own"
    LEUKEMIC = "leukemic"
    HEALTHY = "healthy"


@dataclass(frozen=True)
class MapView:
    """How maps are shown.

    Parameters
    ----------
    on
        Whether a map is shown.
    number
        Which one, counted through all opinions from 0.
    mode
        ``heat`` or ``contour``.
    palette
        ``cividis`` or ``inferno``.
    opacity
        0..1.
    evidence
        For which side; ``OWN`` is the side the opinion leans to.
    """

    on: bool = True
    number: int = 0
    mode: str = "heat"
    palette: str = "inferno"
    opacity: float = 0.6
    evidence: Evidence = Evidence.OWN


@dataclass(frozen=True)
class RenderedCell:
    """The cell as the models saw it; the same with a map; the map alone for the canvas and where it lies there.

    ``around`` is the cell as it lies in its image.
    """

    raw: QImage
    mapped: QImage | None = None
    overlay: QImage | None = None
    extent: QRectF | None = None
    around: QImage | None = None


Speaker = Opinion | Naming
"""Whose map it is: of a leukemia model, or of the model that names the cell."""


def maps_of(cell: CaseCell) -> tuple[tuple[Speaker, ExplanationMap], ...]:
    """All maps of a cell in the order of their numbers: why it is named so comes first."""
    finding = cell.finding
    speakers: tuple[Speaker, ...] = (*((finding.naming,) if finding.naming is not None else ()), *finding.opinions)
    return tuple((speaker, one) for speaker in speakers for one in speaker.maps)


def has_sides(speaker: Speaker, explanation: ExplanationMap) -> bool:
    """Whether a map speaks for leukemic or healthy: not one of a kind without signs, nor one of a cell's name."""
    return explanation.kind.signed and isinstance(speaker, Opinion)


def evidence_label(speaker: Speaker, explanation: ExplanationMap, evidence: Evidence) -> Label:
    """The side that a map is drawn for: that of positive values where it has no sides."""
    if not isinstance(speaker, Opinion) or not has_sides(speaker, explanation):
        return Label.LEUKEMIC
    return speaker.leaning if evidence is Evidence.OWN else Label(evidence.value)


def render_cell(cell_image: CellImage, cell: CaseCell, view: MapView) -> RenderedCell:
    """Make the pictures of one cell; takes about ten milliseconds."""
    maps = maps_of(cell)
    if not maps:
        return RenderedCell(to_image(visible_part(cell_image, cell_image.pixels)))
    opinion, explanation = maps[min(view.number, len(maps) - 1)]
    raw = to_image(visible_part(cell_image, cell_image.pixels, explanation))
    if not view.on:
        return RenderedCell(raw)
    label = evidence_label(opinion, explanation, view.evidence)

    def over(pixels: Pixels) -> Pixels:
        canvas = replace(cell_image, pixels=pixels)
        drawn = map_overlay(canvas, explanation, label, view.opacity, view.palette, view.mode)
        return visible_part(cell_image, drawn, explanation)

    mapped = to_image(over(cell_image.pixels))
    overlay = _with_alpha(over(np.zeros_like(cell_image.pixels)), over(np.full_like(cell_image.pixels, 255)))
    left, top = cell_image.to_frame(explanation.extent.x, explanation.extent.y)
    right, bottom = cell_image.to_frame(
        explanation.extent.x + explanation.extent.width, explanation.extent.y + explanation.extent.height
    )
    return RenderedCell(raw, mapped, overlay, QRectF(left, top, right - left, bottom - top))


def _with_alpha(on_black: Pixels, on_white: Pixels) -> QImage:
    """Take a drawing apart that was laid over black and over white: color times alpha, and alpha."""
    alpha = 255 - (on_white.astype(np.int16) - on_black).max(axis=2)
    rgba = np.dstack([np.minimum(on_black, alpha[:, :, None]), alpha]).astype(np.uint8)
    rgba = np.ascontiguousarray(rgba)
    height, width = rgba.shape[:2]
    return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied).copy()


def rendered_cell(bench: Workbench, frame: CaseFrame, cell: CaseCell, view: MapView) -> RenderedCell:
    """Read a cell's pixels and make its pictures."""
    made = render_cell(bench.cases.cell_image(frame, cell), cell, view)
    return replace(made, around=to_image(surroundings(bench.cases.frame(frame), cell.finding.cell.box)))


def field_thumbnail(bench: Workbench, frame: CaseFrame, side: int) -> ThumbnailPixels:
    """A small picture of a whole image."""
    return ThumbnailPixels(thumbnail(bench.cases.frame(frame).pixels, side), frame.width)


def cell_thumbnail(
    bench: Workbench, frame: CaseFrame, cell: CaseCell, side: int, *, cut_out: bool = True
) -> ThumbnailPixels:
    """A small picture of a cell: as the models saw it, or as it lies in its image."""
    if not cut_out:
        seen = surroundings(bench.cases.frame(frame), cell.finding.cell.box)
        return ThumbnailPixels(thumbnail(seen, side), seen.shape[1])
    cell_image = bench.cases.cell_image(frame, cell)
    seen = visible_part(cell_image, cell_image.pixels)
    return ThumbnailPixels(thumbnail(seen, side), seen.shape[1] / cell_image.scale)
