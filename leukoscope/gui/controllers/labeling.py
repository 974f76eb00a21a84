"""A person labels cells, and walks through them."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QAbstractButton, QApplication

from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, named, person_label
from leukoscope.gui.action_spec import CLASS_CODES, CLASS_KEYS
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.undo import LabelCell


class LabelingController(Controller):
    """Keeps labels that people give, and shows the next cell or image."""

    def __init__(
        self, session: Session, decisions: DecisionController, review: ReviewPage, gallery: CellGallery
    ) -> None:
        super().__init__(session)
        self._decisions, self._review, self._gallery = decisions, review, gallery
        review.label_wanted.connect(self.label)

    def handlers(self) -> Handlers:
        """Labels, classes, and steps."""
        return {
            "label_leukemic": lambda: self.label_chosen(Label.LEUKEMIC),
            "label_healthy": lambda: self.label_chosen(Label.HEALTHY),
            "label_unsure": lambda: self.label_chosen(Label.UNSURE),
            "label_none": lambda: self.label_chosen(None),
            **{f"class_{code}": partial(self.label_chosen, named(code)) for code in CLASS_CODES},
            "next_cell": lambda: self.step(1),
            "previous_cell": lambda: self.step(-1),
            "next_unsure": self.next_unsure,
            "next_image": lambda: self._review.step_image(1),
            "previous_image": lambda: self._review.step_image(-1),
        }

    def refine(self, actions: Actions) -> None:
        """A cell that is out of the case takes no label."""
        cell = self._review.cell
        actions["label_none"].setEnabled(cell is not None and cell.decision is not None)
        if cell is not None and cell.removed is not None:
            for name in ("label_leukemic", "label_healthy", "label_unsure", "label_none", *CLASS_KEYS):
                actions[name].setEnabled(False)

    def label(self, cell_id: int, said: PersonLabel | Label | None) -> None:
        """Keep a person's label; pressing it again changes nothing."""
        label, cell = person_label(said), self._case.cell(cell_id)
        if self._session.refuses_changes():
            return
        if cell is None or (cell.decision.said if cell.decision else None) == label:
            return
        self._decisions.push(LabelCell(self._case, cell_id, label, self._review.reveal))

    def label_chosen(self, label: PersonLabel | Label | None) -> None:
        """Label the chosen cell."""
        cell = self._review.cell
        if cell is not None:
            self.label(cell.id, label)

    def step(self, by: int) -> None:
        """Go to the next cell, or back."""
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton):
            # Space belongs to the button that has the keyboard.
            focused.click()
        else:
            self._gallery.step(by)

    def next_unsure(self) -> None:
        """Go to the next cell that needs a person."""
        if not self._review.next_unsure():
            self._messages.tell(self.tr("No unsure cell is left in this group."))
