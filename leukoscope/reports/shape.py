"""The main figures of shape in one line, as a cell's card has them."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.domain.morphology import SHOWN, Level, MeasuredFigure, shown_figures
from leukoscope.reports.words import Words

PRINTED = ("nc_ratio", "cell_area", "diameter", "nucleus_area", "form_factor", "lobes", "chromatin")
"""In the order of the line: what says most comes first."""


def shape_text(figures: Sequence[MeasuredFigure], words: Words, count: int = len(PRINTED)) -> str:
    """“Shape: N:C 0.91, high; cell area 120 µm².”, against healthy lymphocytes; the first ``count`` of them."""
    measured = {one.code: one for one in shown_figures(figures)}
    told = "; ".join([_figure(measured[code], words) for code in PRINTED if code in measured][:count])
    return words("Shape, against healthy lymphocytes: {figures}.", figures=told)


def _figure(one: MeasuredFigure, words: Words) -> str:
    name = {
        "nc_ratio": words("N:C"),
        "cell_area": words("cell area"),
        "diameter": words("diameter"),
        "nucleus_area": words("nucleus area"),
        "form_factor": words("form factor"),
        "lobes": words("lobes"),
        "chromatin": words("chromatin texture"),
    }[one.code]
    text = f"{name} {words.decimal(SHOWN[one.code].text(one.value))}"
    return {
        Level.HIGH: words("{figure}, high", figure=text),
        Level.LOW: words("{figure}, low", figure=text),
        Level.USUAL: text,
    }[one.level]
