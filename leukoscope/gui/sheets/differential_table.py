"""The differential in the window: classes, counts, percent with their intervals, and what was not counted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.differential import ENOUGH, Differential
from leukoscope.domain.percent import percent_in_interval
from leukoscope.gui import class_marks, class_words
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.text import label

LINES: tuple[str | None, ...] = (*(code for code, one in CELL_CLASSES.items() if one.counted), None)


class DifferentialTable(QWidget):
    """A count by class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cells: dict[str | None, tuple[QLabel, QLabel, QLabel]] = {}
        self.sentence, self.few = label("", "small", wrap=True), label("", "wrong", wrap=True)
        self._signs: dict[str, QLabel] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(4)
        heads = (self.tr("Class"), self.tr("Cells"), self.tr("Percent (95 % interval)"), self.tr("By a person"))
        for place, head in enumerate(heads):
            side = Qt.AlignmentFlag.AlignRight if place else Qt.AlignmentFlag.AlignLeft
            grid.addWidget(label(head, "caption"), 0, place, side)
        for row, code in enumerate(LINES, start=1):
            self.cells[code] = label(""), label(""), label("", "muted")
            grid.addLayout(self._name(code), row, 0)
            for place, one in enumerate(self.cells[code], start=1):
                grid.addWidget(one, row, place, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(grid)
        column.addWidget(self.few)
        column.addWidget(self.sentence)
        self._draw()
        appearance().changed.connect(self._draw)

    def _name(self, code: str | None) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        sign = label("")
        sign.setFixedWidth(class_marks.SIDE)
        if code is not None:
            self._signs[code] = sign
        row.addWidget(sign)
        row.addWidget(label(class_words.heading(code)), 1)
        return row

    def _draw(self) -> None:
        for code, sign in self._signs.items():
            sign.setPixmap(class_marks.glyph_pixmap(code, class_marks.SIDE, self.devicePixelRatioF()))

    def show_count(self, counted: Differential) -> None:
        """Show a count."""
        for line in counted.lines:
            count, share, by_person = self.cells[line.code]
            count.setText(str(line.count))
            share.setText(percent_in_interval(line.share, line.interval) if counted.n else "–")
            by_person.setText(str(line.by_person) if line.by_person else "–")
        self.sentence.setText(" ".join(self._sentences(counted)))
        self.few.setText(self.tr("Fewer than {0} white cells were counted: the percentages say little.").format(ENOUGH))
        self.few.setVisible(not counted.is_enough)

    def _sentences(self, counted: Differential) -> list[str]:
        said = [self.tr("{0} of {1} cells were counted.").format(counted.n, counted.cells)]
        left_out = (
            (counted.cut_off, self.tr("cut off by the edge: {0}")),
            (counted.clusters, self.tr("in clusters: {0}")),
            (counted.no_white_cells, self.tr("no white cells: {0}")),
            (counted.erythroblasts, self.tr("erythroblasts: {0}")),
        )
        told = "; ".join(text.format(count) for count, text in left_out if count)
        if told:
            said.append(self.tr("Not counted: {0}.").format(told))
        if (red := counted.erythroblasts_per_100) is not None and counted.erythroblasts:
            figures = (f"{figure:.1f}" for figure in red)
            said.append(self.tr("Erythroblasts: {0} for 100 white cells (95 % interval {1} to {2}).").format(*figures))
        blasts = counted.blasts
        if blasts.n:
            text = self.tr("Blasts among the mononuclear cells: {0} of {1}, {2}.")
            said.append(text.format(blasts.count, blasts.n, percent_in_interval(blasts.share, blasts.interval)))
        more = counted.more_for()
        if more:
            said.append(self.tr("{0} more cells would make every percentage certain within 3 %.").format(more))
        return said
