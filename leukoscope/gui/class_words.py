"""The words of the cell classes in the window: one entry for each class."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from leukoscope.domain import cell_classes
from leukoscope.gui.action_spec import marked


@dataclass(frozen=True)
class ClassWords:
    """What a person reads of one class, in English; the catalogs translate it.

    Parameters
    ----------
    word
        Its name, as it stands within a sentence.
    heading
        Of a group of such cells.
    short
        In a few letters, as on a bench counter.
    action, tip
        Of the action that names a cell so.
    """

    word: str
    heading: str
    short: str
    action: str
    tip: str


def _of_class(text: str) -> str:
    """A text for the catalogs; it is translated where it is shown."""
    return str(QT_TRANSLATE_NOOP("CellClasses", text))


CLASS_WORDS = {
    cell_classes.NEUTROPHIL: ClassWords(
        _of_class("neutrophil"), _of_class("Neutrophils"), _of_class("NEU"),
        marked("Neutrophil"), marked("You say: neutrophil"),
    ),
    cell_classes.LYMPHOCYTE: ClassWords(
        _of_class("lymphocyte"), _of_class("Lymphocytes"), _of_class("LYM"),
        marked("Lymphocyte"), marked("You say: lymphocyte"),
    ),
    cell_classes.MONOCYTE: ClassWords(
        _of_class("monocyte"), _of_class("Monocytes"), _of_class("MON"),
        marked("Monocyte"), marked("You say: monocyte"),
    ),
    cell_classes.EOSINOPHIL: ClassWords(
        _of_class("eosinophil"), _of_class("Eosinophils"), _of_class("EOS"),
        marked("Eosinophil"), marked("You say: eosinophil"),
    ),
    cell_classes.BASOPHIL: ClassWords(
        _of_class("basophil"), _of_class("Basophils"), _of_class("BAS"),
        marked("Basophil"), marked("You say: basophil"),
    ),
    cell_classes.IMMATURE_GRANULOCYTE: ClassWords(
        _of_class("immature granulocyte"), _of_class("Immature granulocytes"), _of_class("IG"),
        marked("Immature granulocyte"), marked("You say: immature granulocyte"),
    ),
    cell_classes.BLAST: ClassWords(
        _of_class("blast"), _of_class("Blasts"), _of_class("BLA"),
        marked("Blast"), marked("You say: blast"),
    ),
    cell_classes.ERYTHROBLAST: ClassWords(
        _of_class("erythroblast"), _of_class("Erythroblasts"), _of_class("NRBC"),
        marked("Erythroblast"), marked("You say: erythroblast"),
    ),
    cell_classes.SMUDGE: ClassWords(
        _of_class("smudge cell"), _of_class("Smudge cells"), _of_class("SMU"),
        marked("Smudge cell"), marked("You say: smudge cell"),
    ),
    cell_classes.ARTIFACT: ClassWords(
        _of_class("artifact"), _of_class("Artifacts"), _of_class("ART"),
        marked("Artifact"), marked("You say: artifact"),
    ),
    cell_classes.NO_WHITE_CELL: ClassWords(
        _of_class("no white cell"), _of_class("No white cells"), _of_class("NWC"),
        marked("No white cell"), marked("You say: no white cell"),
    ),
}  # fmt: skip
"""Code -> words."""


def class_word(code: str) -> str:
    """The name of a cell class, as it stands within a sentence."""
    return QCoreApplication.translate("CellClasses", CLASS_WORDS[code].word)


def heading(code: str | None) -> str:
    """The name of a group of cells; of those nobody has named for ``None``."""
    if code is None:
        return QCoreApplication.translate("CellClasses", "Not named")
    return QCoreApplication.translate("CellClasses", CLASS_WORDS[code].heading)


def short_word(code: str) -> str:
    """The class in a few letters, as on a bench counter."""
    return QCoreApplication.translate("CellClasses", CLASS_WORDS[code].short)
