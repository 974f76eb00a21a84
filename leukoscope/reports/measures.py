"""Measures of image quality, in the words of the report."""

from __future__ import annotations

from leukoscope.domain.quality import QualityMeasure
from leukoscope.reports.words import Words


def measure_name(measure: QualityMeasure, words: Words) -> str:
    """What a person calls what was measured; one that this version does not know keeps its own name."""
    names = {
        "resolution": words("Resolution"),
        "focus": words("Focus"),
        "motion": words("Motion"),
        "exposure": words("Exposure"),
        "clipping": words("Clipping"),
        "white balance": words("White balance"),
        "stain": words("Stain"),
        "illumination": words("Illumination"),
        "color": words("Color"),
        "contrast": words("Contrast"),
        "cells": words("Cells"),
    }
    return names.get(measure.name, measure.name.replace("-", " ").capitalize())


def measure_value(measure: QualityMeasure, words: Words) -> str:
    """The figure with its unit."""
    units = {
        "of 255": words("of 255"),
        "of the pixels": words("of the pixels"),
        "saturation": words("saturation"),
        "levels": words("levels"),
        "falloff": words("falloff"),
        "px per cell": words("px per cell"),
    }
    return f"{words.decimal(measure.figure)} {units.get(measure.unit, measure.unit)}".strip()
