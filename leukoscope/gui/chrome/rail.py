"""The rail on the left: one button for each page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from leukoscope.gui.icons import icon, mark
from leukoscope.gui.page import Page
from leukoscope.gui.theme import appearance

LEAST_WIDTH = 76
ROW, TIGHT_ROW = 62, 48
"""Height of a button with the space below it, in device-independent pixels: usually, and in a low window."""
SIGN = 78
"""The sign of the program with its space."""


class Rail(QFrame):
    """Buttons that follow the actions ``show_…``; the shown page's is checked. The last page stands at the bottom."""

    def __init__(self, actions: Mapping[str, QAction], pages: Sequence[Page], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName(self.tr("Pages"))
        # A narrow window takes room from the pages, never from the words here.
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._buttons: dict[str, QToolButton] = {}
        self._icons = {page.name: page.icon for page in pages}
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 8)
        column.setSpacing(2)
        # The window may be lower than all of it: then the sign goes, and the buttons move together.
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        self._sign, self._tight = QLabel(), False
        self._sign.setPixmap(mark(36, 2.0))
        self._sign.setContentsMargins(0, 14, 0, 14)
        column.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignHCenter)
        for page in pages:
            if page is pages[-1]:
                column.addStretch(1)
            action = actions[f"show_{page.name}"]
            button = QToolButton()
            button.setProperty("role", "rail")
            button.setCheckable(True)
            button.setText(action.text())
            button.setToolTip(action.toolTip())
            button.setAccessibleName(action.text())
            button.setIconSize(QSize(22, 22))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setMinimumWidth(LEAST_WIDTH)
            button.clicked.connect(action.trigger)
            group.addButton(button)
            column.addWidget(button)
            self._buttons[page.name] = button
        self._draw()
        appearance().changed.connect(self._draw)

    def minimumSizeHint(self) -> QSize:
        """As wide as the longest word, as high as all buttons side by side."""
        return QSize(super().minimumSizeHint().width(), TIGHT_ROW * len(self._buttons) + 8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give way in a low window."""
        super().resizeEvent(event)
        tight = self.height() < SIGN + ROW * len(self._buttons) + 8
        if tight == self._tight:
            return
        self._tight = tight
        self._sign.setVisible(not tight)
        for button in self._buttons.values():
            button.setProperty("tight", tight)
            button.style().polish(button)

    def mark_page(self, page: str) -> None:
        """Mark the page that is shown."""
        self._buttons[page].setChecked(True)
        self._draw()

    def button(self, page: str) -> QToolButton:
        """The button of a page."""
        return self._buttons[page]

    def _draw(self) -> None:
        for name, button in self._buttons.items():
            button.setIcon(icon(self._icons[name], token="text", side=22))
