"""One decided cell as a small card: its picture, what people said of it, and lines of words below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QDate, QLocale, QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.labels import PersonLabel
from leukoscope.gui import class_marks, verdicts
from leukoscope.gui.review.thumbnails import Thumbnails
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.text import ElidedLabel

SIDE = 128
"""Of the picture, in device-independent pixels."""


def day(moment: datetime) -> str:
    """A day as a person reads it, in local time."""
    local, locale = moment.astimezone(), QLocale()
    if locale.language() is QLocale.Language.C:
        return local.strftime("%Y-%m-%d")
    return locale.toString(QDate(local.year, local.month, local.day), QLocale.FormatType.ShortFormat)


class CellCard(QFrame):
    """Shows a cell.

    Parameters
    ----------
    thumbnails
        Where its picture comes from, now or as soon as it is made.
    """

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._shown: tuple[CaseFrame, CaseCell] | None = None
        self._said: PersonLabel | None = None
        self.picture, self._mark = QLabel(), QLabel()
        self.picture.setFixedSize(QSize(SIDE, SIDE))
        self.picture.setObjectName("canvas")
        self.word = ElidedLabel("", "heading")
        self._lines = [ElidedLabel("", "small") for _ in range(3)]
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._mark)
        head.addWidget(self.word, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.picture)
        column.addLayout(head)
        for one in self._lines[:-1]:
            column.addWidget(one)
        self.foot = QHBoxLayout()
        self.foot.addWidget(self._lines[-1], 1)
        column.addLayout(self.foot)
        self.setFixedWidth(SIDE)
        thumbnails.ready.connect(self._ready)
        appearance().changed.connect(self._draw_mark)

    def show_cell(self, frame: CaseFrame, cell: CaseCell, said: PersonLabel | None, lines: Sequence[str]) -> None:
        """Show a cell with what is said of it; ``None`` shows what the program says."""
        self._shown, self._said = (frame, cell), said
        words = verdicts.said_word(said) if said is not None else verdicts.program_says(cell.finding)
        self.word.setText(words)
        for one, text in zip(self._lines, [*lines, "", "", ""][: len(self._lines)], strict=True):
            one.setText(text)
            one.setVisible(bool(text))
        self.setAccessibleName(", ".join(part for part in (words, *lines) if part))
        self.setToolTip("\n".join(part for part in (words, *lines) if part))
        self._draw_mark()
        self._ready(cell.id)

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands below."""
        return tuple(one.text() for one in self._lines if one.text())

    def _ready(self, cell_id: int) -> None:
        if self._shown is None or self._shown[1].id != cell_id:
            return
        made = self._thumbnails.get(*self._shown)
        picture = QPixmap()
        if made is not None:
            ratio = max(self.devicePixelRatioF(), 1.0)
            side = round(SIDE * ratio)
            smooth = Qt.TransformationMode.SmoothTransformation
            picture = made.pixmap.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, smooth)
            picture.setDevicePixelRatio(ratio)
        self.picture.setPixmap(picture)

    def _draw_mark(self) -> None:
        ratio = max(self.devicePixelRatioF(), 1.0)
        said = self._said
        if said is not None and said.code is not None:
            self._mark.setPixmap(class_marks.glyph_pixmap(said.code, ratio=ratio))
        elif said is not None:
            self._mark.setPixmap(verdicts.shape_pixmap(said.label, ratio=ratio))
        self._mark.setVisible(said is not None)
