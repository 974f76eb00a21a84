"""What the differential says a cell is: its name, what else it could be, and why it is named so."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from leukoscope.domain.findings import Naming
from leukoscope.gui import class_marks, class_words, verdicts
from leukoscope.gui.model_names import ModelNames
from leukoscope.gui.review.opinion_card import OpinionCard

OTHERS = 2
"""So many other classes are told."""
LEAST = 0.005
"""A class below rounds to nothing."""


class NamingCard(OpinionCard):
    """Shows one naming; its maps have the first numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar.hide()
        # The figure stands beside the class that it is of.
        self._figure.hide()

    def show_naming(self, naming: Naming, names: ModelNames, chosen_map: int) -> None:
        """Show a naming."""
        self._title.setText(names.title(naming.bundle.name))
        self._shape.setPixmap(class_marks.glyph_pixmap(naming.code, class_marks.SIDE, self.devicePixelRatioF()))
        word = f"{class_words.class_word(naming.code)} {verdicts.figure(naming.probability)}"
        said = word if naming.is_confident else self.tr("Not named, most like: {0}").format(word)
        self._says.setText(said)
        self._version.setText(self.tr("version {0}").format(naming.bundle.version))
        self._version.setToolTip(self.tr("SHA-256 of the model: {0}").format(naming.bundle.sha256))
        others = sorted(naming.probabilities.items(), key=lambda one: -one[1])[1 : 1 + OTHERS]
        told = [f"{class_words.class_word(code)} {verdicts.figure(p)}" for code, p in others if p >= LEAST]
        self._measured.setVisible(bool(told))
        self._measured.setText(self.tr("Else: {0}").format(" · ".join(told)))
        self._show_novelty(naming.novelty)
        self._show_maps(naming, names, 0, chosen_map)
        self.setAccessibleName(f"{self._title.text()}: {said}")
