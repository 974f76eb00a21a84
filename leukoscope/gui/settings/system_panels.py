"""The panels of the lines to other systems that save their fields by themselves, as one."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from leukoscope.gui.settings.commitment_panel import CommitmentPanel
from leukoscope.gui.settings.orders_panel import OrdersPanel
from leukoscope.gui.settings.worklist_panel import WorklistPanel
from leukoscope.workflow.settings import Settings


class SystemPanels:
    """Orders in, the worklist, and storage commitment."""

    def __init__(self) -> None:
        self.panels = OrdersPanel(), WorklistPanel(), CommitmentPanel()

    @property
    def held(self) -> tuple[QWidget, ...]:
        """What changes a setting."""
        return tuple(one for panel in self.panels for one in panel.held)

    def show_settings(self, settings: Settings) -> None:
        """Show what is set."""
        for panel in self.panels:
            panel.show_settings(settings)

    def save_fields(self) -> None:
        """Tell what is being written."""
        for panel in self.panels:
            panel.save_fields()
