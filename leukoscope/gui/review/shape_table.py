"""What was measured on a cell, each figure with a mark in a bar that shows where healthy lymphocytes lie."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from leukoscope.domain.findings import Attribute, Finding
from leukoscope.domain.morphology import MAIN, SHOWN, Level, MeasuredFigure, shown_figures
from leukoscope.gui import attribute_words, figure_words, verdicts
from leukoscope.gui.theme import current
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import ElidedLabel, label

_BAND = (1 / 3, 2 / 3)
"""Part of the bar that the reference range fills."""


class RangeBar(QWidget):
    """A track with the reference range in its middle third, and a mark where the value lies."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figure: MeasuredFigure | None = None
        self.setFixedSize(self.sizeHint())

    def show_figure(self, figure: MeasuredFigure, words: str) -> None:
        """Show a figure; ``words`` say the same to whoever cannot see it."""
        self._figure = figure
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        """Small."""
        return QSize(84, 14)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw track, range and mark."""
        if self._figure is None:
            return
        painter, look = QPainter(self), current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(3, self.height() / 2 - 2, self.width() - 6, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("line"))
        painter.drawRoundedRect(track, 2, 2)
        usual = QColor(look.color("muted"))
        usual.setAlphaF(0.55)
        painter.setBrush(usual)
        low, high = (track.left() + track.width() * place for place in _BAND)
        painter.drawRect(QRectF(low, track.top() - 1, high - low, track.height() + 2))
        x = track.left() + track.width() * self._figure.position
        painter.setPen(QPen(look.color("surface"), 1.5))
        painter.setBrush(look.color("text"))
        middle = self.height() / 2
        if self._figure.level is Level.USUAL:
            painter.drawRoundedRect(QRectF(x - 2.5, middle - 6, 5, 12), 2, 2)
        else:
            corners = [QPointF(x - 5, middle), QPointF(x, middle - 6), QPointF(x + 5, middle), QPointF(x, middle + 6)]
            painter.drawPolygon(corners)
        painter.end()


class ShapeTable(QWidget):
    """Figures of shape and attributes of one cell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, tuple[ElidedLabel, QLabel, QLabel, RangeBar]] = {}
        self._grid, self._attributes = QGridLayout(), QGridLayout()
        self._pairs: list[tuple[ElidedLabel, QLabel]] = []
        self.says, self._source = label("", "", wrap=True), label("", "small", wrap=True)
        self._read = label(self.tr("Read off the cell by the differential model"), "small", wrap=True)
        self.more = PushButton("")
        self._all = False
        self._finding: Finding | None = None
        self._lay_out()
        self.more.clicked.connect(self._toggle)

    def _lay_out(self) -> None:
        for grid in (self._grid, self._attributes):
            grid.setHorizontalSpacing(8)
            grid.setVerticalSpacing(3)
            grid.setColumnStretch(0, 1)
        self.more.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.says)
        column.addLayout(self._grid)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._source)
        column.addWidget(self._read)
        column.addLayout(self._attributes)
        self._source.setText(
            self.tr("The band of each bar is where 90 % of the healthy lymphocytes of the training cells lie.")
        )

    def show_finding(self, finding: Finding) -> None:
        """Show what was measured on a cell, and what was read off it."""
        self._finding = finding
        figures = shown_figures(finding.figures)
        self.says.setText(figure_words.unusual(figures) if figures else self._nothing())
        self.says.setProperty("role", "" if figures else "muted")
        for part in (self._source, self.more):
            part.setVisible(bool(figures))
        self.more.setText(self.tr("Fewer figures") if self._all else self.tr("All figures"))
        self._show_figures([one for one in figures if self._all or one.code in MAIN])
        self._show_attributes(finding.naming.attributes if finding.naming is not None else ())

    def _nothing(self) -> str:
        return self.tr("No figures of shape were measured on this cell; judge it again to measure them.")

    def _show_figures(self, figures: Sequence[MeasuredFigure]) -> None:
        for one in figures:
            if one.code not in self.rows:
                self._add_row(one.code)
        for code, parts in self.rows.items():
            measured = next((one for one in figures if one.code == code), None)
            for part in parts:
                part.setVisible(measured is not None)
            if measured is not None:
                self._fill(parts, measured)

    def _add_row(self, code: str) -> None:
        row = list(SHOWN).index(code)
        parts = ElidedLabel("", "small"), label("", ""), label("", "small"), RangeBar()
        parts[1].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        parts[2].setMinimumWidth(36)
        for column, part in enumerate(parts):
            self._grid.addWidget(part, row, column)
        self.rows[code] = parts

    @staticmethod
    def _fill(parts: tuple[ElidedLabel, QLabel, QLabel, RangeBar], one: MeasuredFigure) -> None:
        name, value, level, bar = parts
        name.setText(figure_words.title(one.code))
        value.setText(SHOWN[one.code].text(one.value))
        level.setText(figure_words.level(one.level))
        bar.show_figure(one, figure_words.line(one))

    def _show_attributes(self, attributes: Sequence[Attribute]) -> None:
        self._read.setVisible(bool(attributes))
        while len(self._pairs) < len(attributes):
            pair = ElidedLabel("", "small"), label("", "")
            for column, part in enumerate(pair):
                self._attributes.addWidget(part, len(self._pairs), column)
            pair[1].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._pairs.append(pair)
        for place, (name, value) in enumerate(self._pairs):
            shown = place < len(attributes)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                one = attributes[place]
                name.setText(attribute_words.attribute_name(one.name))
                value.setText(f"{attribute_words.attribute_value(one)} {verdicts.figure(one.probability)}")

    def _toggle(self) -> None:
        self._all = not self._all
        if self._finding is not None:
            self.show_finding(self._finding)
