"""Sheets over the whole window: all keys, about, and the tour. Escape always leaves."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from leukoscope.gui.action_spec import MAP_KEYS, MENUS
from leukoscope.gui.actions import SPECS, key_text, with_class_keys, words
from leukoscope.gui.icons import mark
from leukoscope.gui.widgets.buttons import IconButton, PushButton
from leukoscope.gui.widgets.text import label

MARGIN, SIDES, TALL = 40, 48, 80
"""Beside a card, inside it left and right, and above and below what it shows, in device-independent pixels."""


class Sheet(QWidget):
    """A card in the middle of the window with the rest of it dimmed."""

    left = Signal()

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self.card = QFrame()
        self.card.setObjectName("card")
        self.column = QVBoxLayout(self.card)
        self.column.setContentsMargins(24, 16, 16, 24)
        self.column.setSpacing(12)
        top = QHBoxLayout()
        close = IconButton("close", self.tr("Close"))
        close.clicked.connect(self.leave)
        top.addWidget(label(title, "title"), 1)
        top.addWidget(close)
        self.column.addLayout(top)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(MARGIN, 32, MARGIN, 32)
        whole.addStretch(1)
        middle = QVBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self.card)
        middle.addStretch(1)
        whole.addLayout(middle, 8)
        whole.addStretch(1)
        parent.installEventFilter(self)
        self.hide()

    def enter(self) -> None:
        """Show it over the window."""
        if self.isHidden():
            self._before = self._window.focusWidget()
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.setFocus()

    def leave(self) -> None:
        """Go back to the window, to where the keyboard was."""
        if not self.isHidden():
            before, self._before = self._before, None
            self.hide()
            if before is not None and isValid(before) and before.isVisible():
                before.setFocus()
            self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window."""
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves."""
        if event.key() == int(Qt.Key.Key_Escape):
            self.leave()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the card leaves."""
        if not self.card.geometry().contains(event.position().toPoint()):
            self.leave()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dim the window."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 150))


class HelpSheet(Sheet):
    """Every command with its keys on one page, from the table of actions; written when it is first looked at."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(self.tr("Commands and keys"), parent)
        self._rows: dict[str, tuple[QLabel, QLabel]] = {}
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._columns = columns = QHBoxLayout(inner)
        columns.setContentsMargins(0, 0, 8, 0)
        columns.setSpacing(28)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setMinimumWidth(320)
        self._area, self._inner = area, inner
        self._class_keys: Mapping[str, str] | None = None
        self.column.addWidget(area)

    def _write(self) -> None:
        """A tenth of all that a window holds: not before somebody wants to see it."""
        if self._rows:
            return
        shares: tuple[tuple[str, ...], ...] = ((MENUS[0], MENUS[1]), (MENUS[2], MENUS[4]), (MENUS[3],))
        for share in shares:
            column = QVBoxLayout()
            column.setSpacing(6)
            for menu in share:
                self._group(column, menu)
            column.addStretch(1)
            self._columns.addLayout(column, 1)
        if self._class_keys is not None:
            self.show_class_keys(self._class_keys)

    def enter(self) -> None:
        """As wide as its columns, as far as the window has room."""
        self._write()
        room = self._window.width() - 2 * MARGIN - SIDES
        for direction in (QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom):
            # Below each other where they do not fit beside each other.
            self._columns.setDirection(direction)
            if self._inner.sizeHint().width() + 24 <= room:
                break
        self._area.setMinimumWidth(max(320, min(self._inner.sizeHint().width() + 24, room)))
        # A low window shows less of it at once; the rest is scrolled to.
        self._area.setFixedHeight(min(self._inner.sizeHint().height() + 16, 560, self._window.height() - 2 * TALL))
        super().enter()

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Every key with what it does."""
        self._write()
        return [(keys.text(), text.text()) for keys, text in self._rows.values() if keys.text()]

    def show_class_keys(self, keys: Mapping[str, str]) -> None:
        """Show which key names which class: code -> key, empty for none."""
        self._class_keys = keys
        for spec in with_class_keys(keys) if self._rows else ():
            shown, text = self._rows[spec.id]
            shown.setText(key_text(spec))
            for one in (shown, text):
                one.setVisible(bool(spec.keys))

    def _group(self, column: QVBoxLayout, menu: str) -> None:
        column.addWidget(label(words(menu), "caption"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for spec in SPECS:
            if spec.menu != menu or (spec.id in MAP_KEYS and spec.id != MAP_KEYS[0]):
                continue
            keys, text = key_text(spec), words(spec.text).rstrip("…")
            if spec.id == MAP_KEYS[0]:
                keys, text = "Alt+1 … 9", self.tr("Which map")
            row, pair = grid.rowCount(), (_key(keys), label(text))
            grid.addWidget(pair[0], row, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(pair[1], row, 1)
            self._rows[spec.id] = pair
        if menu == MENUS[2]:
            row = grid.rowCount()
            grid.addWidget(_key(self.tr("Arrows")), row, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(label(self.tr("Walk through the cells")), row, 1)
        column.addLayout(grid)
        column.addSpacing(10)


def _key(text: str) -> QLabel:
    result = label(text, "muted")
    result.setMinimumWidth(88)
    return result


class AboutSheet(Sheet):
    """What the program is, and what it is not for."""

    def __init__(self, version: str, purpose: str, parent: QWidget) -> None:
        super().__init__("LeukoScope", parent)
        row = QHBoxLayout()
        row.setSpacing(24)
        sign = QLabel()
        sign.setPixmap(mark(72, 2.0))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        text = QVBoxLayout()
        text.setSpacing(10)
        text.addWidget(label(self.tr("Version {0}").format(version), "muted"))
        text.addWidget(label(purpose, "heading", wrap=True))
        for sentence in (
            self.tr(
                "Two models judge each white blood cell on their own and show what they looked at. Where they "
                "disagree, are unsure, or see something they were never trained on, the cell waits for a person."
            ),
            self.tr("Everything stays on this computer: no account, no network."),
            self.tr("Figures, thresholds and training data of each model stand on the Models page."),
        ):
            text.addWidget(label(sentence, "muted", wrap=True))
        text.addSpacing(8)
        done = PushButton(self.tr("Close"), "primary")
        done.clicked.connect(self.leave)
        text.addWidget(done, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(text, 1)
        self.card.setMaximumWidth(640)
        self.column.addLayout(row)
