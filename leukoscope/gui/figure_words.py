"""Figures of shape in words, as the inspector says them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.morphology import DIAMETER, SHOWN, Level, MeasuredFigure


def _t(text: str) -> str:
    return QCoreApplication.translate("Figures", text)


def title(code: str) -> str:
    """What a person calls a figure."""
    titles = {
        "cell_area": _t("Cell area"),
        "diameter": _t("Diameter"),
        "nucleus_area": _t("Nucleus area"),
        "nc_ratio": _t("N:C"),
        "form_factor": _t("Form factor"),
        "solidity": _t("Solidity of the nucleus"),
        "eccentricity": _t("Eccentricity of the nucleus"),
        "lobes": _t("Lobes of the nucleus"),
        "indentation": _t("Indentation of the nucleus"),
        "chromatin": _t("Chromatin texture"),
        "contrast": _t("Nucleus darker than cytoplasm by"),
        "density": _t("Optical density of the nucleus"),
        "basophilia": _t("Basophilia of the cytoplasm"),
        "granules": _t("Granules in the cytoplasm"),
    }
    return titles.get(code, code)


TOLD = 3
"""So many figures stand in a sentence; the table has them all."""


def unusual(figures: Sequence[MeasuredFigure]) -> str:
    """The figures outside their reference range, those that say most first: “N:C 0.91, high”."""
    outside = [one for one in figures if one.level is not Level.USUAL and one.code != DIAMETER.code]
    words = {Level.HIGH: _t("{0} {1}, high"), Level.LOW: _t("{0} {1}, low")}
    told = [
        words[one.level].format(title(one.code), SHOWN[one.code].text(one.value))
        for one in sorted(outside, key=lambda one: -abs(one.contribution))[:TOLD]
    ]
    if len(outside) > TOLD:
        told.append(_t("{0} more").format(len(outside) - TOLD))
    return " · ".join(told) if told else _t("All figures are as in healthy lymphocytes.")


def table(figures: Sequence[MeasuredFigure]) -> str:
    """Every figure with its reference range and what it says, one a line."""
    return "\n".join(line(one) for one in figures)


def line(one: MeasuredFigure) -> str:
    """One figure with its reference range, and what it adds to the opinion."""
    figure = SHOWN[one.code]
    usual = _t("usual {0} to {1}").format(f"{one.low:.{figure.decimals}f}", figure.text(one.high))
    says = f" ({one.contribution:+.2f})" if one.contribution else ""
    return f"{title(one.code)} {figure.text(one.value)}, {usual}{says}"


def level(where: Level) -> str:
    """Where a value lies, in a word; empty for a usual one."""
    return {Level.HIGH: _t("high"), Level.LOW: _t("low"), Level.USUAL: ""}[where]
