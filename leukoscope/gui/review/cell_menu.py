"""What can be done with the chosen cells, under the right button of the mouse."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from leukoscope.gui.action_spec import CLASS_KEYS
from leukoscope.gui.review.tile_picking import TilePicker

LABELS = ("label_leukemic", "label_healthy", "label_unsure")
FOR_ONE = ("zoom_cell", "similar", "keep_example", "comment_cell", "change_box", "split_cell", "remove_cell")
"""What makes sense for one cell at a time."""
FOR_SEVERAL = ("merge_cells",)
"""What makes sense for several only."""


class CellMenu(QMenu):
    """Labels, and what can be done with one cell.

    Parameters
    ----------
    actions
        Of the window.
    over
        Above which it unfolds.
    picker
        Says which cells are chosen.
    """

    def __init__(self, actions: Mapping[str, QAction], over: QWidget, picker: TilePicker) -> None:
        super().__init__(over)
        self._picker = picker
        self._title = self.addAction("")
        self._title.setEnabled(False)
        self.addSeparator()
        for names in (LABELS, CLASS_KEYS, ("label_none",)):
            for name in names:
                self.addAction(actions[name])
            self.addSeparator()
        self._alone = [actions[name] for name in FOR_ONE]
        self.addActions(self._alone)
        self._together = [actions[name] for name in FOR_SEVERAL]

    def offer(self, where: QPoint) -> None:
        """Unfold for the chosen cells at a point of the screen."""
        count = len(self._picker.rows)
        self._title.setText(self.tr("{0} cells").format(count) if count > 1 else self.tr("This cell"))
        for action in self._alone:
            # Away, not gray: they stay actions of the window, which knows when they make sense.
            (self.addAction if count == 1 else self.removeAction)(action)
        for action in self._together:
            (self.addAction if count > 1 else self.removeAction)(action)
        self.popup(where)
