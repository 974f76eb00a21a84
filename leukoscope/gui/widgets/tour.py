"""The tour: a few notes beside the parts they speak of; can be left at any point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal, SignalInstance
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QRegion,
    QShortcut,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.gui import theme
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

NOTE_WIDTH = 380
GAP = 16


@dataclass(frozen=True)
class TourTask:
    """Something that the newcomer does: the window stays in use meanwhile.

    Parameters
    ----------
    tells
        Tells the id of what somebody has changed.
    is_done
        Whether the change of that id was it.
    praise
        What is said then.
    """

    tells: SignalInstance
    is_done: Callable[[int], bool]
    praise: str


@dataclass(frozen=True)
class TourStep:
    """One step: what to show first, the part spoken of, the words, and what the newcomer may do there."""

    target: Callable[[], QWidget]
    title: str
    text: str
    before: Callable[[], object] | None = None
    task: TourTask | None = None


class Tour(QWidget):
    """Walks through the steps over the window; ``left`` tells when it is over."""

    left = Signal()

    def __init__(self, steps: Sequence[TourStep], parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._steps, self._index = tuple(steps), 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._note = QFrame(self)
        self._note.setObjectName("card")
        self._note.setFixedWidth(NOTE_WIDTH)
        self._title, self._text = label("", "heading", wrap=True), label("", "muted", wrap=True)
        self._count = label("", "small")
        self._leave, self.next = PushButton(self.tr("Leave the tour"), "flat"), PushButton(self.tr("Next"), "primary")
        row = QHBoxLayout()
        row.addWidget(self._count, 1)
        row.addWidget(self._leave)
        row.addWidget(self.next)
        column = QVBoxLayout(self._note)
        column.setContentsMargins(20, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addSpacing(4)
        column.addLayout(row)
        self._task: TourTask | None = None
        # While the window is in use the keyboard is not here.
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.leave)
        self._escape.setEnabled(False)
        self._leave.clicked.connect(self.leave)
        self.next.clicked.connect(lambda: self.go(self._index + 1))
        parent.installEventFilter(self)
        self.hide()

    def start(self) -> None:
        """Begin at the first step."""
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.go(0)

    def leave(self) -> None:
        """End it here."""
        if not self.isHidden():
            self._end_task()
            self.hide()
            self.left.emit()

    @property
    def index(self) -> int:
        """Which step it is at, from 0."""
        return self._index

    def go(self, index: int) -> None:
        """Go to a step; behind the last one the tour is over."""
        if index >= len(self._steps):
            self.leave()
            return
        self._end_task()
        self._index = max(index, 0)
        step = self._steps[self._index]
        if step.before is not None:
            step.before()
        self._title.setText(step.title)
        self._text.setText(step.text)
        self._count.setText(self.tr("{0} of {1}").format(self._index + 1, len(self._steps)))
        last = self._index == len(self._steps) - 1
        self.next.setText(self.tr("Done") if last else self.tr("Next"))
        self._leave.setVisible(not last)
        self._begin_task(step.task)
        self._place()
        if step.task is None:
            self.next.setFocus()

    def _begin_task(self, task: TourTask | None) -> None:
        self._task = task
        self._escape.setEnabled(task is not None)
        if task is not None:
            self.next.setText(self.tr("Skip"))
            task.tells.connect(self._told)

    def _end_task(self) -> None:
        if self._task is not None:
            self._task.tells.disconnect(self._told)
            self._task = None
        self._escape.setEnabled(False)

    def _told(self, what: int) -> None:
        """The newcomer has changed something: if that was it, the tour can go on."""
        task = self._task
        if task is None or not task.is_done(what):
            return
        self._end_task()
        self._text.setText(task.praise)
        self.next.setText(self.tr("Next"))
        self._place()
        self.next.setFocus()

    def _target(self) -> QRect:
        widget = self._steps[self._index].target()
        if not widget.isVisible():
            return QRect(self.rect().center(), self.rect().center())
        return QRect(widget.mapTo(self._window, QPoint(0, 0)), widget.size())

    def _place(self) -> None:
        self.setGeometry(self._window.rect())
        self._note.setFixedHeight(self._note.heightForWidth(NOTE_WIDTH) if self._note.hasHeightForWidth() else 160)
        target, size, room = self._target(), self._note.size(), self.rect().adjusted(GAP, GAP, -GAP, -GAP)
        spots = (
            QPoint(target.right() + GAP, target.top()),
            QPoint(target.left() - size.width() - GAP, target.top()),
            QPoint(target.left(), target.bottom() + GAP),
            QPoint(target.left(), target.top() - size.height() - GAP),
        )
        fitting = [spot for spot in spots if room.contains(QRect(spot, size))]
        spot = fitting[0] if fitting else target.center() - QPoint(size.width() // 2, size.height() // 2)
        spot.setX(min(max(spot.x(), room.left()), room.right() - size.width()))
        spot.setY(min(max(spot.y(), room.top()), room.bottom() - size.height()))
        self._note.move(spot)
        if self._task is not None:
            # All but the note and a frame around the part lets the mouse through.
            frame = QRegion(target.adjusted(-2, -2, 2, 2)) - QRegion(target.adjusted(2, 2, -2, -2))
            self.setMask(frame + QRegion(self._note.geometry()))
        else:
            self.clearMask()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window and beside the part."""
        if watched is self.parent() and event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves, arrows walk, Enter goes on."""
        key = event.key()
        if key == int(Qt.Key.Key_Escape):
            self.leave()
        elif key in {int(Qt.Key.Key_Right), int(Qt.Key.Key_Return), int(Qt.Key.Key_Enter)}:
            self.go(self._index + 1)
        elif key == int(Qt.Key.Key_Left):
            self.go(self._index - 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dim everything but the part spoken of."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._task is not None:
            # The window is in use: nothing is dimmed, and the frame has to be seen on a light page too.
            painter.setPen(QPen(theme.current().color("focus"), 2))
            painter.drawRect(QRectF(self._target()).adjusted(0.5, 0.5, -0.5, -0.5))
            return
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        path.addRect(QRectF(self.rect()))
        hole = QRectF(self._target()).adjusted(2, 2, -2, -2)
        path.addRoundedRect(hole, 8, 8)
        painter.fillPath(path, QColor(0, 0, 0, 150))
        painter.setPen(QPen(QColor("#ffffff"), 2))
        painter.drawRoundedRect(hole, 8, 8)
