"""What the list says while it is empty."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from leukoscope.gui.widgets.empty_state import EmptyState


class WorklistEmptyState(EmptyState):
    """Says why no case is shown, and offers the way out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("worklist", "", "", parent=parent)

    def invite(self, searching: bool, put_away: bool) -> None:
        """Nothing fits the search, nothing is put away, or there is no case yet."""
        if searching:
            self.set_words(
                self.tr("No case fits"), self.tr("Try fewer letters, or clear the search."), self.tr("Clear the search")
            )
        elif put_away:
            self.set_words(
                self.tr("Nothing is put away"),
                self.tr("A case that you put away stands here until somebody brings it back or erases it."),
                self.tr("Show the list"),
            )
        else:
            self.set_words(
                self.tr("No cases yet"),
                self.tr("Start a new case, or drop images anywhere on this window."),
                self.tr("New case"),
            )
