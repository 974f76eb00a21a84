"""The strip of fields: every image of the case, where it states, and what can be done with those that wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListView, QToolButton, QWidget

from leukoscope.gui.review.field_list import FRAME_ROLE, Field, FieldList, FieldState
from leukoscope.gui.review.field_tile import FieldTile
from leukoscope.gui.widgets.buttons import action_button
from leukoscope.gui.widgets.text import label

HEIGHT, WIDE = 48, 1100
"""In device-independent pixels: of the strip, and from which width on its buttons have words."""
ACTIONS = ("judge_failed", "resume_waiting", "remove_waiting")
ALWAYS = "judge_again"
"""What can be done with the image that is shown, whatever its state."""
MAP = "overview"
"""Shows the images in their places instead of in a row."""


SAID = (
    FieldState.JUDGING,
    FieldState.WAITING,
    FieldState.STOPPED,
    FieldState.FAILED,
    FieldState.BLURRED,
    FieldState.NO_CELLS,
)
"""States of which it is said how many images are in them."""


class FieldStrip(QFrame):
    """One row of images; hidden while a case has none, except below the live picture.

    Parameters
    ----------
    chosen_is_shown
        Whether the image that is marked is the one that is seen above, which then can be judged again.

    Signals
    -------
    chosen(int)
        Id of an image that a person wants to see.
    chosen_beside(int)
        Id of an image that a person wants to see beside the one that is shown.
    """

    chosen = Signal(int)
    chosen_beside = Signal(int)

    def __init__(self, parent: QWidget | None = None, *, chosen_is_shown: bool = True) -> None:
        super().__init__(parent)
        self._chosen_is_shown, self._beside = chosen_is_shown, False
        self.setObjectName("bar")
        self.setFixedHeight(HEIGHT)
        self.model = FieldList(self)
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setFlow(QListView.Flow.LeftToRight)
        self.view.setWrapping(False)
        self.view.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setLayoutMode(QListView.LayoutMode.Batched)
        self.view.setItemDelegate(FieldTile(self.view))
        self.view.setMouseTracking(True)
        self.view.setSpacing(1)
        self.view.setAccessibleName(self.tr("Images of the case"))
        self.counts = label("", "small")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 2, 8, 2)
        self._row.setSpacing(8)
        self._row.addWidget(self.view, 1)
        self._row.addWidget(self.counts)
        self._buttons: dict[str, QWidget] = {}
        self._again: QToolButton | None = None
        self.view.clicked.connect(self._choose)
        self.view.activated.connect(self._choose)
        if chosen_is_shown:
            self.hide()

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """Put the buttons in; each is there while its action makes sense."""
        for name in ACTIONS:
            button = action_button(actions[name])
            self._buttons[name] = button
            self._row.addWidget(button)
        if self._chosen_is_shown:
            self._again = action_button(actions[ALWAYS])
            self._row.addWidget(self._again)
        self._row.addWidget(action_button(actions[MAP]))
        self._show_buttons()

    def set_fields(self, fields: tuple[Field, ...], frame_id: int) -> None:
        """Show the images of a case; ``frame_id`` is the one on the canvas."""
        self.model.set_fields(fields)
        counted = Counter(one.state for one in fields)
        words = [f"{counted[state]} {self.model.word(state)}" for state in SAID if counted[state]]
        nothing = "" if self._chosen_is_shown else self.tr("Images that are taken appear here.")
        self.counts.setText(" · ".join(words) if fields else nothing)
        # With the first image already, below the live picture even before it: another one moves nothing.
        self.setVisible(bool(fields) or not self._chosen_is_shown)
        self._show_buttons()
        self.mark(frame_id)

    def mark(self, frame_id: int) -> None:
        """Mark the image that is on the canvas."""
        index = self.model.index(self.model.row_of(frame_id))
        if index.isValid():
            self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.view.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write on the button what it does where there is room for images and words."""
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle
        if self._again is not None:
            wide = self.width() >= WIDE
            self._again.setToolButtonStyle(style.ToolButtonTextBesideIcon if wide else style.ToolButtonIconOnly)

    def _show_buttons(self) -> None:
        states = {one.state for one in self.model.fields}
        wanted = {
            "judge_failed": FieldState.FAILED in states,
            "resume_waiting": FieldState.STOPPED in states,
            "remove_waiting": FieldState.STOPPED in states,
        }
        for name, button in self._buttons.items():
            button.setVisible(wanted[name])

    def _choose(self, index: QModelIndex) -> None:
        frame_id = index.data(FRAME_ROLE)
        if frame_id:
            (self.chosen_beside if self._beside else self.chosen).emit(frame_id)

    def choose_beside(self, on: bool) -> None:
        """Choose the second of two images from now on, or the only one; the mark stays with the first."""
        self._beside = on
