"""One sentence in its place, with one thing to do about it, instead of a box in the way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from leukoscope.gui.icons import icon
from leukoscope.gui.language import said
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.buttons import IconButton, PushButton
from leukoscope.gui.widgets.text import label

GONE_AFTER_MS = 8000


class MessageBar(QFrame):
    """Shows one sentence; errors stay until they are closed, news go by themselves."""

    closed = Signal()
    """A person has closed it, and done nothing about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 4, 4)
        row.setSpacing(8)
        self._sign = QLabel()
        self._sign.setFixedSize(QSize(20, 20))
        self._text = label(wrap=True)
        self._text.setMinimumHeight(30)
        self._text.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = PushButton("", "flat")
        self._close = IconButton("close", self.tr("Close this message"))
        row.addWidget(self._sign)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(self._close)
        self._run: Callable[[], object] | None = None
        self._kind = "info"
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._close.clicked.connect(self._dismiss)
        self._action.clicked.connect(self._act)
        appearance().changed.connect(self._draw)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown; empty when there is none."""
        return "" if self.isHidden() else self._text.text()

    def tell(self, sentence: str, action: str = "", run: Callable[[], object] | None = None) -> None:
        """Show news: gone after a while unless it offers something to do."""
        self._show("info", sentence, action, run)

    def warn(self, sentence: str, action: str = "", run: Callable[[], object] | None = None) -> None:
        """Show what went wrong: stays until it is closed."""
        self._show("warning", sentence, action, run)

    def _show(self, kind: str, sentence: str, action: str, run: Callable[[], object] | None) -> None:
        self._kind, self._run, sentence = kind, run, said(sentence)
        self._text.setText(sentence)
        self.setAccessibleName(sentence)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._draw()
        self.show()
        self._timer.stop()
        if kind == "info":
            self._timer.start(GONE_AFTER_MS)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, sentence))

    def _draw(self) -> None:
        self._sign.setPixmap(icon(self._kind).pixmap(QSize(20, 20), self.devicePixelRatioF()))

    def _dismiss(self) -> None:
        self.hide()
        self.closed.emit()

    def _act(self) -> None:
        run = self._run
        self.hide()
        if run is not None:
            run()
