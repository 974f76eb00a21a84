"""What the Review page says while there is no image to show, and the action that it offers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from leukoscope.domain.waiting import WaitingImage
from leukoscope.gui.review.waiting_words import waiting_words
from leukoscope.gui.widgets.empty_state import EmptyState


class ReviewEmptyState(EmptyState):
    """Says that no case is open, that it has no images yet, or that they wait."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("review", "", "", parent=parent)
        self.action = "open_images"

    def invite(self, is_open: bool, has_images: bool, waiting: Sequence[WaitingImage], trouble: str) -> None:
        """Say what can be done now; ``action`` is the name of the action behind the button."""
        if not is_open:
            self.set_words(
                self.tr("No case is open"),
                self.tr(
                    "Open images to start a new case, or choose one on the Worklist. You can also drop images here."
                ),
                self.tr("Open images…"),
            )
        elif not has_images:
            self.set_words(
                self.tr("Add the first images"),
                self.tr("Drop image files or folders here, paste an image, or open them."),
                self.tr("Open images…"),
            )
        self.action = "open_images"
        if is_open and not has_images and waiting:
            *words, self.action = waiting_words(waiting, trouble)
            self.set_words(*words)
