"""A person's comment on the cell shown: one line that is kept when it is left."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QEvent, QLocale, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QScrollArea, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.comments import LONGEST, Comment, tidy_comment
from leukoscope.gui.widgets.text import label
from leukoscope.gui.widgets.text_only import text_only

FRAME = 26
"""Of the line's width, in pixels, its frame and margins."""


class CommentField(QWidget):
    """The comment, and who wrote it when.

    Signals
    -------
    written(int, str)
        The cell's id and its new comment; empty when it is taken away.
    left()
        Enter or Escape: the keys go back to the cells.
    """

    written = Signal(int, str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cell_id, self._kept = 0, ""
        self.line = QLineEdit()
        self.line.setMaxLength(LONGEST)
        self.line.setAccessibleName(self.tr("Comment on the cell"))
        self.line.setPlaceholderText(self.tr("Comment on the cell"))
        self.line.setToolTip(self.tr("It stands in the report beside the cell; Enter keeps it, Escape takes it back"))
        text_only(self.line)
        self._who = label("", "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.line)
        column.addWidget(self._who)
        self.line.installEventFilter(self)
        self.line.editingFinished.connect(self._finished)

    def show_cell(self, cell: CaseCell) -> None:
        """Show the comment of a cell; what is being typed on the same cell stays."""
        comment = cell.comment
        typing = cell.id == self._cell_id and self.line.hasFocus() and self.line.text() != self._kept
        if cell.id != self._cell_id:
            self._finished()
        self._cell_id, self._kept = cell.id, comment.text if comment else ""
        self.line.setEnabled(cell.removed is None)
        if not typing:
            self.show_kept()
        self._who.setText(self._words(comment) if comment is not None else "")
        self._who.setVisible(comment is not None)

    def _words(self, comment: Comment) -> str:
        """Who wrote it and when; above that the whole text where the line has no room for it."""
        at = QDateTime.fromSecsSinceEpoch(int(comment.at.timestamp()))
        when = QLocale().toString(at, QLocale.FormatType.ShortFormat)
        who = f"{comment.by or self.tr('a person')}, {when}"
        seen = self.line.fontMetrics().horizontalAdvance(comment.text) <= self.line.width() - FRAME
        return who if seen else f"{comment.text}\n{who}"

    def show_kept(self) -> None:
        """Show what is kept, from its start."""
        if self.line.text() != self._kept:
            self.line.setText(self._kept)
        self.line.setCursorPosition(0)

    def edit(self) -> None:
        """Give it the keys."""
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if isinstance(area, QScrollArea):
            area.ensureWidgetVisible(self)
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.end(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape leaves the comment as it was, Enter keeps it; both leave the field."""
        if watched is self.line and isinstance(event, QKeyEvent):
            key, pressed = event.key(), event.type() == QEvent.Type.KeyPress
            if key == Qt.Key.Key_Escape:
                event.accept()
                if pressed:
                    self.show_kept()
                    self.left.emit()
                return True
            if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and pressed:
                self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def _finished(self) -> None:
        text = tidy_comment(self.line.text())
        if self._cell_id and text != self._kept:
            self.written.emit(self._cell_id, text)
