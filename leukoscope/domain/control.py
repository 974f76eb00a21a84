"""What is measured for daily quality control."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldFigures:
    """Figures of one field; ``None`` where the field shows nothing to measure it on.

    Parameters
    ----------
    light
        Mean level of the empty glass, 0..255.
    glass_red, glass_blue
        Red and blue over green level of the empty glass: white balance, 1 is neutral.
    focus
        Sharpness of the white cells, 0..1 (:func:`leukoscope.imaging.focus.focus_figure`).
    red_cell_px
        Typical diameter of the red cells, in pixels: magnification.
    red_cell_stain
        Median optical density of the red cells in green light: eosin and hemoglobin.
    nuclear_stain
        Median optical density of the nuclei, mean of red and green light: azure-eosin.
    """

    light: float
    glass_red: float
    glass_blue: float
    focus: float | None
    red_cell_px: float | None
    red_cell_stain: float | None
    nuclear_stain: float | None
