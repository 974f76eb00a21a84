"""The hospital's FHIR server in the settings: its address, and who sends."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from leukoscope.gui.settings.setting_fields import FieldSpec, SettingFields
from leukoscope.gui.widgets.text import label


class FhirPanel(SettingFields):
    """Off while there is no address; certificates are those of the other lines."""

    def __init__(self, parent: QWidget | None = None) -> None:
        specs = (
            FieldSpec("fhir_address", self.tr("FHIR server"), "https://fhir.hospital/r4"),
            FieldSpec(
                "fhir_login",
                self.tr("File of the sign-in"),
                self.tr("Holds a token or name:password; may be empty"),
                self.tr("Choose file…"),
            ),
        )
        super().__init__(specs, parent)
        note = self.tr("Reports leave for it as FHIR R4, by the certificates above. Empty sends nothing.")
        self.grid.addWidget(label(note, "small", wrap=True), len(specs), 1, 1, 2)
