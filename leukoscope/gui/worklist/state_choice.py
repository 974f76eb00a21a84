"""Which cases the list shows: of one state, of all, or those that were put away."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from leukoscope.domain.cases import CaseState
from leukoscope.gui.widgets.buttons import ComboBox
from leukoscope.gui.worklist.case_list import CaseList

PUT_AWAY = "put away"
"""Among the states of the list: cases that were put away."""


class StateChoice(ComboBox):
    """Asks for a state."""

    def __init__(self, model: CaseList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("State"))
        self.addItem(self.tr("All states"), None)
        for state in CaseState:
            self.addItem(model.state(state), state)
        self.addItem(self.tr("Put away"), PUT_AWAY)

    @property
    def asked(self) -> CaseState | None:
        """The state asked for; ``None`` for all."""
        # Qt gives words back where an enumeration went in.
        kept = self.currentData()
        return CaseState(kept) if kept and kept != PUT_AWAY else None

    @property
    def asks_put_away(self) -> bool:
        """Whether cases that were put away are asked for."""
        return bool(self.currentData() == PUT_AWAY)
