"""A person labels cells, and walks through them."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from PySide6.QtGui import QUndoCommand
from PySide6.QtWidgets import QAbstractButton, QApplication

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, named, person_label
from leukoscope.gui.action_spec import CLASS_CODES, CLASS_KEYS
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.comment_field import CommentField
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.review.thumbnails import Thumbnails
from leukoscope.gui.session import Session
from leukoscope.gui.undo_labels import CommentCell, LabelCell, LabelCells

ADVANCE, CUT_OUT = "advance", "cut-out"
"""What the window remembers of the two switches."""


class LabelingController(Controller):
    """Keeps labels and comments that people give, and shows the next cell or image.

    Parameters
    ----------
    session, decisions, review, gallery
        What it works on.
    pictures, field
        Of the cells in the gallery; the comment on the cell shown.
    """

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        review: ReviewPage,
        gallery: CellGallery,
        pictures: Thumbnails,
        field: CommentField,
    ) -> None:
        super().__init__(session)
        self._decisions, self._review, self._gallery = decisions, review, gallery
        self._pictures, self._field, self.advances = pictures, field, True
        field.written.connect(self.comment)
        field.left.connect(gallery.setFocus)

    def restore(self) -> None:
        """Go on after a label, and draw cells, as it was chosen last."""
        window = self._session.settings.window
        self.advances = window.get(ADVANCE, "1") != "0"
        self._pictures.show_cut_out(window.get(CUT_OUT, "0") == "1")
        self._session.changed.emit()

    def handlers(self) -> Handlers:
        """Labels, classes, and steps."""
        return {
            "label_leukemic": lambda: self.label_chosen(Label.LEUKEMIC),
            "label_healthy": lambda: self.label_chosen(Label.HEALTHY),
            "label_unsure": lambda: self.label_chosen(Label.UNSURE),
            "label_none": lambda: self.label_chosen(None),
            **{f"class_{code}": partial(self.label_chosen, named(code)) for code in CLASS_CODES},
            "comment_cell": self._field.edit,
            "advance": self.switch_advance,
            "cut_out": self.switch_cut_out,
            "next_cell": lambda: self.step(1),
            "previous_cell": lambda: self.step(-1),
            "next_unsure": self.next_unsure,
            "next_image": lambda: self._review.step_image(1),
            "previous_image": lambda: self._review.step_image(-1),
        }

    def refine(self, actions: Actions) -> None:
        """A cell that is out of the case takes no label; switches show how they stand."""
        cell = self._review.cell
        several = len(self._gallery.chosen_ids) > 1
        actions["label_none"].setEnabled(cell is not None and (several or cell.decision is not None))
        if cell is not None and cell.removed is not None:
            for name in ("label_leukemic", "label_healthy", "label_unsure", "label_none", "comment_cell", *CLASS_KEYS):
                actions[name].setEnabled(False)
        actions["advance"].setChecked(self.advances)
        actions["cut_out"].setChecked(self._pictures.cut_out)

    # Labels ----------------------------------------------------------------------------------------------------

    def label(self, cell_id: int, said: PersonLabel | Label | None) -> None:
        """Keep a person's label; pressing it again changes nothing."""
        label, cell = person_label(said), self._case.cell(cell_id)
        if self._session.refuses_changes() or cell is None:
            return
        if _said(cell) == label:
            self._go_on(label, [cell_id])
            return
        command = LabelCell(self._case, cell_id, label, self._review.reveal)
        self._decisions.decides(lambda: self._keep(command, label, [cell_id]))

    def label_chosen(self, said: PersonLabel | Label | None) -> None:
        """Label the chosen cell, or all of them where there are several: in one step."""
        cell, chosen = self._review.cell, self._gallery.chosen_ids
        if len(chosen) < 2:
            if cell is not None:
                self.label(cell.id, said)
            return
        if self._session.refuses_changes():
            return
        label = person_label(said)
        cells = [one for one in map(self._case.cell, chosen) if one is not None and one.removed is None]
        others = [one.id for one in cells if _said(one) != label]
        if not others:
            self._go_on(label, chosen)
            return
        command = LabelCells(self._case, others, label, self._review.reveal)
        self._decisions.decides(lambda: self._keep(command, label, chosen))

    def comment(self, cell_id: int, text: str) -> None:
        """Keep a person's comment on a cell; the field shows what is kept where it cannot be."""
        cell = self._case.cell(cell_id)
        if cell is None or cell.removed is not None or self._session.refuses_changes():
            self._field.show_kept()
            return
        command = CommentCell(self._case, cell_id, text, self._review.reveal)
        self._decisions.decides(lambda: self._undo_stack.push(command), self._field.show_kept, ("comment", cell_id))

    def _keep(self, command: QUndoCommand, label: PersonLabel | None, decided: Collection[int]) -> None:
        following = self._following(label, decided)
        self._undo_stack.push(command)
        if following:
            self._gallery.choose(following)
        elif self.advances and label is not None:
            self._say_done()

    def _go_on(self, label: PersonLabel | None, decided: Collection[int]) -> None:
        """The label stands there already: only the next cell is shown."""
        following = self._following(label, decided)
        if following:
            self._gallery.choose(following)

    def _following(self, label: PersonLabel | None, decided: Collection[int]) -> int:
        """The cell to be shown then; 0 to stay. A label that is taken back leads nowhere."""
        return self._gallery.next_to_decide(decided) if self.advances and label is not None else 0

    def _say_done(self) -> None:
        if all(cell.decision is not None for cell in self._case.cells):
            self._messages.tell(self.tr("Every cell of the case has a person’s label."))
        else:
            self._messages.tell(self.tr("Every cell that is shown here has a person’s label."))

    # Walking ---------------------------------------------------------------------------------------------------

    def switch_advance(self) -> None:
        """After a label the next cell is shown, or the same one stays."""
        self.advances = not self.advances
        self._session.remember(**{ADVANCE: "1" if self.advances else "0"})
        self._session.changed.emit()

    def switch_cut_out(self) -> None:
        """Draw cells as the models saw them, or in their surroundings."""
        self._pictures.show_cut_out(not self._pictures.cut_out)
        self._session.remember(**{CUT_OUT: "1" if self._pictures.cut_out else "0"})
        self._session.changed.emit()

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


def _said(cell: CaseCell) -> PersonLabel | None:
    return cell.decision.said if cell.decision else None
