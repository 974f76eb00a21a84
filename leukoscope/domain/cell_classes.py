"""What a Cell is: the cell classes as data. Every list of classes in the program and in bundles is read from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Family(StrEnum):
    """Classes that are treated alike.

    Only mononuclear cells are judged for leukemia: blasts hide among them. A precursor is named and left to a person.
    """

    GRANULOCYTE = "granulocyte"
    MONONUCLEAR = "mononuclear"
    PRECURSOR = "precursor"
    NO_LEUKOCYTE = "no-leukocyte"


class Glyph(StrEnum):
    """Shape that stands for a class beside its color, so that no color is needed to tell classes apart."""

    CIRCLE = "circle"
    SQUARE = "square"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    HEXAGON = "hexagon"
    STAR = "star"
    CROSS = "cross"
    RING = "ring"
    PENTAGON = "pentagon"


@dataclass(frozen=True)
class CellClass:
    """One cell class.

    Parameters
    ----------
    code
        Unique and stable: in bundles, store, exports and the command line.
    title
        Singular, in English; the window translates it.
    plural
        The same for headings.
    family
        How it is treated.
    key
        The key that names it by default, as on a bench counter: a digit or letter, each once.
    color
        ``#rrggbb``, from Paul Tol's *muted* palette, which avoids the three verdict colors.
    glyph
        Shape in lists and charts.
    loinc
        LOINC code of the percentage (or, for erythroblasts, the ratio) in blood; empty where none fits.
    snomed
        SNOMED CT concept of the cell; empty where none was found in a published list. 30630007 is the *count* of
        neutrophils and 17295002 a basophilic myelocyte, so neither stands here. See :data:`ONE_SOURCE`.
    counted
        Whether it is one of the leukocytes that make up the 100 % of a differential. Erythroblasts are given for
        100 leukocytes instead (CLSI H20-A2).
    """

    code: str
    title: str
    plural: str
    family: Family
    key: str
    color: str
    glyph: Glyph
    loinc: str = ""
    snomed: str = ""
    counted: bool = True


NEUTROPHIL = "neutrophil"
EOSINOPHIL = "eosinophil"
BASOPHIL = "basophil"
MONOCYTE = "monocyte"
LYMPHOCYTE = "lymphocyte"
IMMATURE_GRANULOCYTE = "immature-granulocyte"
ERYTHROBLAST = "erythroblast"
BLAST = "blast"
SMUDGE = "smudge"
ARTIFACT = "artifact"
NO_WHITE_CELL = "no-white-cell"

_LISTED = (
    CellClass(NEUTROPHIL, "neutrophil", "neutrophils", Family.GRANULOCYTE, "1", "#88ccee", Glyph.CIRCLE, "26511-6"),
    CellClass(
        LYMPHOCYTE, "lymphocyte", "lymphocytes", Family.MONONUCLEAR, "2", "#332288", Glyph.SQUARE, "26478-8", "56972008"
    ),
    CellClass(
        MONOCYTE, "monocyte", "monocytes", Family.MONONUCLEAR, "3", "#44aa99", Glyph.TRIANGLE, "26485-3", "55918008"
    ),
    CellClass(
        EOSINOPHIL,
        "eosinophil",
        "eosinophils",
        Family.GRANULOCYTE,
        "4",
        "#cc6677",
        Glyph.DIAMOND,
        "26450-7",
        "14793004",
    ),
    CellClass(
        BASOPHIL, "basophil", "basophils", Family.GRANULOCYTE, "5", "#aa4499", Glyph.HEXAGON, "30180-4", "30061004"
    ),
    CellClass(
        IMMATURE_GRANULOCYTE,
        "immature granulocyte",
        "immature granulocytes",
        Family.PRECURSOR,
        "6",
        "#999933",
        Glyph.PENTAGON,
        "38518-7",
    ),
    CellClass(BLAST, "blast", "blasts", Family.MONONUCLEAR, "7", "#882255", Glyph.STAR, "26446-5", "312256009"),
    CellClass(
        ERYTHROBLAST,
        "erythroblast",
        "erythroblasts",
        Family.PRECURSOR,
        "8",
        "#117733",
        Glyph.RING,
        "19048-8",
        counted=False,
    ),
    CellClass(SMUDGE, "smudge cell", "smudge cells", Family.NO_LEUKOCYTE, "9", "#888888", Glyph.CROSS, counted=False),
    CellClass(ARTIFACT, "artifact", "artifacts", Family.NO_LEUKOCYTE, "0", "#bbbbbb", Glyph.CROSS, counted=False),
    CellClass(
        NO_WHITE_CELL,
        "no white cell",
        "no white cells",
        Family.NO_LEUKOCYTE,
        "X",
        "#dddddd",
        Glyph.CROSS,
        counted=False,
    ),
)

ONE_SOURCE = frozenset({"30061004", "312256009"})
"""SNOMED CT concepts that only one published list has: the codes with which the Imaging Data Commons made DICOM of a
bone marrow set (*Basophil, segmented*; *Blast cell*). No second list was found; ask a receiver who relies on them."""

CELL_CLASSES: Mapping[str, CellClass] = MappingProxyType({cell_class.code: cell_class for cell_class in _LISTED})
"""Code -> class, in the order in which a hematologist counts."""


def cell_class(code: str) -> CellClass:
    """The class of a code.

    Raises
    ------
    ValueError
        When there is none of that code, with those there are.
    """
    try:
        return CELL_CLASSES[code]
    except KeyError:
        raise ValueError(f"“{code}” is no cell class; known are {', '.join(CELL_CLASSES)}") from None


def is_judged_for_leukemia(code: str) -> bool:
    """Whether the leukemia models are asked about cells of this class: only of mononuclear ones."""
    return cell_class(code).family is Family.MONONUCLEAR
