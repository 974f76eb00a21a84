"""How images, cells and maps are looked at, and the theme of the window."""

from __future__ import annotations

from functools import partial

from leukoscope.gui.action_spec import MAP_KEYS
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.permissions import kept
from leukoscope.gui.review.cell_rendering import maps_of
from leukoscope.gui.review.inspector import Inspector
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.canvas import ImageCanvas

ZOOM_IN, ZOOM_OUT = 1.25, 0.8


class ViewController(Controller):
    """Zooms, switches boxes, maps and the grid, and changes between dark and light."""

    def __init__(self, session: Session, review: ReviewPage, canvas: ImageCanvas, inspector: Inspector) -> None:
        super().__init__(session)
        self._review, self._canvas, self._inspector = review, canvas, inspector

    def handlers(self) -> Handlers:
        """Everything in the menu View but the pages."""
        canvas, inspector = self._canvas, self._inspector
        return {
            "next_map": lambda: inspector.step_map(1),
            "previous_map": lambda: inspector.step_map(-1),
            **{name: partial(inspector.choose_map, number) for number, name in enumerate(MAP_KEYS)},
            "zoom_in": lambda: canvas.zoom_by(ZOOM_IN),
            "zoom_out": lambda: canvas.zoom_by(ZOOM_OUT),
            "zoom_fit": canvas.fit,
            "zoom_actual": canvas.actual,
            "zoom_cell": self._review.zoom_to_cell,
            "toggle_boxes": lambda: canvas.show_boxes(not canvas.boxes_shown),
            "toggle_map": inspector.toggle_map,
            "toggle_contour": inspector.toggle_contour,
            "swap_evidence": inspector.swap_evidence,
            "toggle_grid": lambda: self._review.show_gallery_only(not self._review.shows_gallery_only),
            "toggle_theme": self.toggle_theme,
        }

    def refine(self, actions: Actions) -> None:
        """Enable as many maps as the cell has, and show the state of switches."""
        cell = self._review.cell
        maps = len(maps_of(cell)) if cell is not None and actions["next_cell"].isEnabled() else 0
        for number, name in enumerate(MAP_KEYS):
            actions[name].setEnabled(number < maps)
        for name in ("next_map", "previous_map"):
            actions[name].setEnabled(maps > 0)
        view = self._inspector.view
        actions["toggle_map"].setChecked(view.on)
        actions["toggle_contour"].setChecked(view.mode == "contour")
        actions["toggle_boxes"].setChecked(self._canvas.boxes_shown)
        actions["toggle_grid"].setChecked(self._review.shows_gallery_only)

    def toggle_theme(self) -> None:
        """Dark becomes light, light becomes dark."""
        other = "light" if appearance().theme.name == "dark" else "dark"
        if self._session.is_open:
            if not kept(self._bridge, lambda bench: bench.settings.save(theme=other)):
                return
            self._session.settings_changed.emit()
        appearance().choose(other)

    def setting_changed(self, name: str) -> None:
        """A setting is in force at once."""
        settings = self._session.settings
        if name == "theme":
            appearance().choose(settings.theme)
        elif name == "palette":
            self._inspector.set_palette(settings.palette)
