"""One model's opinion: its figure, its bar with the unsure band, how unusual the cell is to it, and its maps."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from leukoscope.domain.findings import Label, Naming, Opinion
from leukoscope.domain.percent import percent_text
from leukoscope.gui import figure_words, verdicts
from leukoscope.gui.model_names import ModelNames
from leukoscope.gui.widgets.probability_bar import ProbabilityBar
from leukoscope.gui.widgets.text import ElidedLabel, label


class OpinionCard(QFrame):
    """Shows one opinion; its map buttons are numbered on from ``first_map``."""

    map_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._title = ElidedLabel("", "heading")
        self._figure = label("", "heading")
        self._shape = QLabel()
        self._says = ElidedLabel("", "small")
        self._version = label("", "small")
        self._novelty = label("", "small", wrap=True)
        self._measured = label("", "small", wrap=True)
        self._bar = ProbabilityBar()
        self._maps = QGridLayout()
        self._maps.setSpacing(4)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: list[QToolButton] = []
        self._group.idClicked.connect(self.map_chosen)
        self._lay_out()

    def _lay_out(self) -> None:
        top, second = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._figure)
        second.setSpacing(6)
        second.addWidget(self._shape)
        second.addWidget(self._says, 1)
        second.addWidget(self._version)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._bar)
        column.addLayout(second)
        column.addWidget(self._measured)
        column.addWidget(self._novelty)
        column.addLayout(self._maps)

    def show_opinion(self, opinion: Opinion, names: ModelNames, first_map: int, chosen_map: int) -> None:
        """Show an opinion."""
        self._title.setText(names.title(opinion.bundle.name))
        self._figure.setText(verdicts.leukemic(opinion.probability))
        self._bar.set_value(opinion.probability, opinion.thresholds)
        self._shape.setPixmap(verdicts.shape_pixmap(opinion.label, 12, self.devicePixelRatioF()))
        said = verdicts.word(opinion.label)
        if opinion.label is Label.UNSURE:
            said = self.tr("Unsure, leans to {0}").format(verdicts.word(opinion.leaning).lower())
        self._says.setText(said)
        self._version.setText(self.tr("version {0}").format(opinion.bundle.version))
        self._version.setToolTip(self.tr("SHA-256 of the model: {0}").format(opinion.bundle.sha256))
        self._show_novelty(opinion.novelty)
        self._measured.setVisible(bool(opinion.figures))
        self._measured.setText(figure_words.unusual(opinion.figures) if opinion.figures else "")
        self._measured.setToolTip(figure_words.table(opinion.figures))
        self._show_maps(opinion, names, first_map, chosen_map)
        self.setAccessibleName(f"{self._title.text()}: {said} {self._figure.text()}")

    def _show_novelty(self, novelty: float | None) -> None:
        self._novelty.setVisible(novelty is not None)
        if novelty is not None:
            text = self.tr("Distance from the training cells: {0} of the limit").format(percent_text(novelty))
            self._novelty.setText(f"{text} · {self.tr('too far')}" if novelty > 1 else text)

    def _show_maps(self, opinion: Opinion | Naming, names: ModelNames, first: int, chosen: int) -> None:
        while len(self._buttons) > len(opinion.maps):
            button = self._buttons.pop()
            self._group.removeButton(button)
            self._maps.removeWidget(button)
            button.deleteLater()
        while len(self._buttons) < len(opinion.maps):
            self._add_button()
        for place, (button, one) in enumerate(zip(self._buttons, opinion.maps, strict=True)):
            title = names.map_title(opinion.bundle.name, one.name)
            button.setText(f"{first + place + 1}  {title}")
            button.setToolTip(self.tr("Show the map “{0}” (key {1})").format(title, f"Alt+{first + place + 1}"))
            button.setAccessibleName(title)
            self._group.setId(button, first + place)
        self.mark_map(chosen)

    def _add_button(self) -> None:
        button = QToolButton(self)
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        place = len(self._buttons)
        self._maps.addWidget(button, place // 2, place % 2)
        self._group.addButton(button)
        self._buttons.append(button)

    def mark_map(self, number: int) -> None:
        """Mark the map that is shown, if it is one of this opinion's."""
        button = self._group.button(number)
        if button is not None:
            button.setChecked(True)
            return
        checked = self._group.checkedButton()
        if checked is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    @property
    def map_buttons(self) -> tuple[QToolButton, ...]:
        """The map buttons in order."""
        return tuple(self._buttons)
