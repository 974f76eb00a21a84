"""Morphological attributes in words: what a differential model reads off a cell (WBCAtt's eleven)."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.findings import Attribute


def attribute_name(name: str) -> str:
    """What a person calls an attribute; an unknown one keeps its own name."""
    translate = QCoreApplication.translate
    plain = name.replace("_", " ").replace("-", " ").casefold()
    names = {
        "cell size": translate("Attributes", "Cell size"),
        "cell shape": translate("Attributes", "Cell shape"),
        "nucleus shape": translate("Attributes", "Nucleus"),
        "nuclear cytoplasmic ratio": translate("Attributes", "Nucleus to cytoplasm"),
        "chromatin density": translate("Attributes", "Chromatin"),
        "cytoplasm vacuole": translate("Attributes", "Vacuoles"),
        "cytoplasm texture": translate("Attributes", "Cytoplasm"),
        "cytoplasm colour": translate("Attributes", "Color of the cytoplasm"),
        "granule type": translate("Attributes", "Kind of granules"),
        "granule colour": translate("Attributes", "Color of the granules"),
        "granularity": translate("Attributes", "Granules"),
    }
    return names.get(plain, plain.capitalize())


def attribute_value(one: Attribute) -> str:
    """Its value in words."""
    translate = QCoreApplication.translate
    values = {
        "big": translate("Attributes", "big"),
        "small": translate("Attributes", "small"),
        "round": translate("Attributes", "round"),
        "irregular": translate("Attributes", "irregular"),
        "unsegmented-band": translate("Attributes", "band"),
        "unsegmented-round": translate("Attributes", "round, one piece"),
        "unsegmented-indented": translate("Attributes", "indented"),
        "segmented-multilobed": translate("Attributes", "segmented, many lobes"),
        "segmented-bilobed": translate("Attributes", "two lobes"),
        "low": translate("Attributes", "low"),
        "high": translate("Attributes", "high"),
        "densely": translate("Attributes", "dense"),
        "loosely": translate("Attributes", "loose"),
        "yes": translate("Attributes", "yes"),
        "no": translate("Attributes", "no"),
        "nil": translate("Attributes", "none"),
        "clear": translate("Attributes", "clear"),
        "frosted": translate("Attributes", "frosted"),
        "light blue": translate("Attributes", "light blue"),
        "blue": translate("Attributes", "blue"),
        "purple blue": translate("Attributes", "purple blue"),
        "coarse": translate("Attributes", "coarse"),
        "pink": translate("Attributes", "pink"),
        "purple": translate("Attributes", "purple"),
        "red": translate("Attributes", "red"),
    }
    return values.get(one.value, one.value)
