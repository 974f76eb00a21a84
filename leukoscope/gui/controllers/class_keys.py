"""The keys that name the class of a cell, as a lab has set them: in force everywhere at once."""

from __future__ import annotations

from leukoscope.gui.actions import reserved_keys, show_keys, with_class_keys
from leukoscope.gui.controllers.controller import Actions, Controller
from leukoscope.gui.review.label_keys import LabelKeys
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.overlay import HelpSheet
from leukoscope.workflow.class_keys import keys_in_force


class ClassKeysController(Controller):
    """Shows the keys in menu and tooltips, on the buttons of the inspector, and on the sheet of keys."""

    def __init__(self, session: Session, actions: Actions, buttons: LabelKeys, help_sheet: HelpSheet) -> None:
        super().__init__(session)
        self._actions, self._buttons, self._help_sheet = actions, buttons, help_sheet

    def show(self) -> None:
        """Put the keys of the settings in force."""
        keys = keys_in_force(self._session.settings.class_keys, reserved_keys())
        for spec in with_class_keys(keys):
            show_keys(self._actions[spec.id], spec)
        self._buttons.set_class_keys(keys)
        self._help_sheet.show_class_keys(keys)

    def setting_changed(self, name: str) -> None:
        """Other keys are in force at once."""
        if name == "class_keys":
            self.show()
