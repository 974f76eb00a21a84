"""Measures of image quality in words, as the inspector says them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.quality import QualityMeasure


def _t(text: str) -> str:
    return QCoreApplication.translate("Measures", text)


def name(measure: QualityMeasure) -> str:
    """What a person calls what was measured; one that this version does not know keeps its own name."""
    names = {
        "resolution": _t("Resolution"),
        "focus": _t("Focus"),
        "motion": _t("Motion"),
        "exposure": _t("Exposure"),
        "clipping": _t("Clipping"),
        "white balance": _t("White balance"),
        "stain": _t("Stain"),
        "illumination": _t("Illumination"),
        "color": _t("Color"),
        "contrast": _t("Contrast"),
        "cells": _t("Cells"),
    }
    return names.get(measure.name, measure.name.replace("-", " ").capitalize())


def value(measure: QualityMeasure) -> str:
    """The figure with its unit."""
    units = {
        "of 255": _t("of 255"),
        "of the pixels": _t("of the pixels"),
        "saturation": _t("saturation"),
        "levels": _t("levels"),
        "falloff": _t("falloff"),
        "px per cell": _t("px per cell"),
    }
    return f"{measure.figure} {units.get(measure.unit, measure.unit)}".strip()
