"""Review: the picture, its cells, and what the models say of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.findings import Label
from leukoscope.gui import verdicts
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.cell_pictures import CellPictures, MapView, cell_pictures, cell_thumbnail
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.pixels import to_image
from leukoscope.gui.widgets.buttons import action_button
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.canvas_items import CellBox
from leukoscope.gui.widgets.cell_tile import SIDE
from leukoscope.gui.widgets.empty_state import EmptyState
from leukoscope.gui.widgets.gallery import CellGallery
from leukoscope.gui.widgets.image_bar import ImageBar
from leukoscope.gui.widgets.inspector import Inspector
from leukoscope.gui.widgets.opinion_card import ModelNames

ARRIVALS_EVERY_MS = 120
"""Judged images are shown in portions, so that a quick engine does not keep the window busy."""


class ReviewPage(QWidget):
    """Canvas, gallery and inspector, kept on the same cell.

    Signals
    -------
    label_wanted(int, object)
        A person labels a cell; ``None`` takes the label back.
    focus_changed()
        Another image or cell is shown, or none.
    """

    label_wanted = Signal(int, object)
    focus_changed = Signal()
    view_changed = Signal(object)

    def __init__(self, bridge: Bridge, case: OpenCase, view: MapView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._bridge, self._case = bridge, case
        self.canvas, self.gallery, self.inspector = ImageCanvas(), CellGallery(), Inspector(view)
        self.bar = ImageBar()
        self.empty = EmptyState("review", "", "")
        self.broken = EmptyState("warning", self.tr("This image cannot be shown"), "")
        self._frame_id = self._cell_id = 0
        self._arrived: list[CaseFrame] = []
        self._arrivals = QTimer(self)
        self._arrivals.setSingleShot(True)
        self._arrivals.timeout.connect(self._take_arrived)
        self._image_wish = 0
        self._drawing = self._draw_again = False
        self._lay_out()
        self._connect()
        self._show_state()

    # Building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._picture = QStackedWidget()
        self._picture.addWidget(self.canvas)
        self._picture.addWidget(self.broken)
        self._top = QWidget()
        top = QVBoxLayout(self._top)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(0)
        top.addWidget(self.bar)
        top.addWidget(self._picture, 1)
        self._top_column = top
        self._left = QSplitter(Qt.Orientation.Vertical)
        self._left.addWidget(self._top)
        self._left.addWidget(self.gallery)
        self._left.setStretchFactor(0, 1)
        self._left.setStretchFactor(1, 0)
        self._left.setHandleWidth(3)
        self._left.setChildrenCollapsible(False)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(self._left)
        self.split.addWidget(self.inspector)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 0)
        self.split.setHandleWidth(3)
        self.split.setChildrenCollapsible(False)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.split)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._stack)

    def _connect(self) -> None:
        case, gallery, inspector = self._case, self.gallery, self.inspector
        case.loading.connect(self._leave)
        case.loaded.connect(self._enter)
        case.closed.connect(self._enter)
        case.frame_added.connect(self._frame_added)
        case.cell_added.connect(self._cell_added)
        case.cell_changed.connect(self._cell_changed)
        gallery.current_changed.connect(self._cell_chosen)
        gallery.opened.connect(self.canvas.zoom_to)
        self.canvas.cell_clicked.connect(lambda cell_id: gallery.choose(cell_id, anywhere=True))
        self.canvas.cell_opened.connect(self.canvas.zoom_to)
        self.canvas.stepped.connect(gallery.step)
        self.canvas.zoom_changed.connect(self.bar.show_zoom)
        inspector.stepped.connect(gallery.step)
        inspector.label_chosen.connect(self._label_chosen)
        inspector.view_changed.connect(self._view_changed)

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """Put the buttons in that follow actions."""
        self.bar.set_actions(actions)
        self.gallery.tools.addWidget(action_button(actions["toggle_grid"]))
        self.empty.clicked.connect(actions["open_images"].trigger)

    def put_below_bar(self, widget: QWidget) -> None:
        """Give a form its room between the bar and the image."""
        self._top_column.insertWidget(1, widget)

    def start(self) -> None:
        """The workbench is open: pictures can be asked for."""
        side = round(SIDE * max(self.devicePixelRatioF(), 1.0))
        bench = self._bridge.bench
        self.gallery.set_source(lambda frame, cell: cell_thumbnail(bench, frame, cell, side))

    def set_names(self, names: ModelNames) -> None:
        """Say what models and maps are called."""
        self.inspector.set_names(names)
        self._cell_chosen(self._cell_id)

    # State -----------------------------------------------------------------------------------------------------

    @property
    def frame(self) -> CaseFrame | None:
        """The image shown."""
        return self._case.frame(self._frame_id)

    @property
    def cell(self) -> CaseCell | None:
        """The cell chosen."""
        return self._case.cell(self._cell_id)

    def _leave(self, _case_id: int) -> None:
        if self._case.case is None or self._case.case.id != self._case.id:
            self._frame_id = self._cell_id = 0

    def _enter(self) -> None:
        self._arrived.clear()
        keep = self._frame_id
        self.gallery.set_frames(self._case.frames, self._case.cell)
        if self._case.frame(keep) is None:
            self._frame_id = 0
        if not self.gallery.current_id:
            frames = self._case.frames
            self._show_frame(keep if self._case.frame(keep) else frames[0].id if frames else 0)
        self._show_state()

    def _show_state(self) -> None:
        if self._case.id is None:
            self.empty.set_words(
                self.tr("No case is open"),
                self.tr(
                    "Open images to start a new case, or choose one on the Worklist. You can also drop images here."
                ),
                self.tr("Open images…"),
            )
        elif not self._case.frames:
            self.empty.set_words(
                self.tr("Add the first images"),
                self.tr("Drop image files or folders here, paste an image, or open them."),
                self.tr("Open images…"),
            )
        self._stack.setCurrentWidget(self.split if self._case.frames else self.empty)
        self.focus_changed.emit()

    def _frame_added(self, frame_id: int) -> None:
        frame = self._case.frame(frame_id)
        if frame is None:
            return
        self._arrived.append(frame)
        if not self._arrivals.isActive():
            self._arrivals.start(ARRIVALS_EVERY_MS if self._frame_id else 0)

    def _take_arrived(self) -> None:
        """Show what has been judged since the last time, in one go."""
        arrived, self._arrived = self._arrived, []
        frames = [frame for frame in arrived if self._case.frame(frame.id) is frame]
        if not frames:
            return
        self.gallery.add_frames(frames)
        if not self._frame_id:
            self._show_frame(frames[0].id)
        else:
            self._name_frame()
        if self.cell is not None:
            self._show_cell(self.cell)
        self._show_state()

    def _cell_added(self, cell_id: int) -> None:
        cell = self._case.cell(cell_id)
        frame = self._case.frame(cell.frame_id) if cell else None
        if cell is None or frame is None:
            return
        self.gallery.model.add_cell(cell, frame)
        if frame.id == self._frame_id:
            self._name_frame()
            self._show_boxes()

    def _cell_changed(self, cell_id: int) -> None:
        cell = self._case.cell(cell_id)
        if cell is None:
            return
        self.gallery.model.change_cell(cell)
        if cell_id == self._cell_id:
            self._show_cell(cell)
        if cell.frame_id == self._frame_id:
            self._show_boxes()

    # Images ----------------------------------------------------------------------------------------------------

    def step_image(self, by: int) -> None:
        """Show the next image or the one before, with its first cell that the gallery shows."""
        frames = self._case.frames
        ids = [frame.id for frame in frames]
        if self._frame_id not in ids:
            return
        self.show_image(ids[min(max(ids.index(self._frame_id) + by, 0), len(frames) - 1)])

    def show_image(self, frame_id: int) -> None:
        """Show an image of the case, with its first cell that the gallery shows."""
        target = self._case.frame(frame_id)
        if target is None:
            return
        first = next((cell.id for cell in target.cells if self.gallery.model.row_of(cell.id) >= 0), 0)
        if target.id != self._frame_id and not first:
            self.gallery.choose(0)
        self._show_frame(target.id)
        if first:
            self.gallery.choose(first)

    def _show_frame(self, frame_id: int) -> None:
        if frame_id == self._frame_id and self.canvas.has_image:
            return
        self._frame_id = frame_id
        self._image_wish += 1
        wish = self._image_wish
        frame = self.frame
        self.canvas.set_image(None)
        if frame is None:
            return
        self._name_frame()
        if not frame.width:
            self._show_broken(frame.error or self.tr("It could not be read."))
            return
        self._picture.setCurrentWidget(self.canvas)

        def arrived(image: QImage) -> None:
            if wish == self._image_wish:
                self.canvas.set_image(image, frame.um_per_px)
                self._show_boxes()
                self.canvas.select(self._cell_id)
                self._draw_cell()

        self._bridge.picture(
            lambda bench: to_image(bench.frame(frame).pixels),
            arrived,
            owner=self,
            failed=lambda sentence: self._show_broken(sentence) if wish == self._image_wish else None,
            priority=1,
        )
        self.focus_changed.emit()

    def _show_broken(self, sentence: str) -> None:
        self.broken.set_words(self.tr("This image cannot be shown"), sentence)
        self._picture.setCurrentWidget(self.broken)

    def _name_frame(self) -> None:
        frame = self.frame
        if frame is not None:
            ids = [one.id for one in self._case.frames]
            self.bar.show_frame(frame, ids.index(frame.id) + 1, len(ids))

    def _show_boxes(self) -> None:
        frame = self.frame
        if frame is None:
            return
        cells = [self._case.cell(cell.id) or cell for cell in frame.cells]
        boxes = [
            CellBox(cell.id, cell.finding.cell.box, cell.label, verdicts.figure(cell.finding.probability))
            for cell in cells
        ]
        self.canvas.set_boxes(boxes)

    # Cells -----------------------------------------------------------------------------------------------------

    def _cell_chosen(self, cell_id: int) -> None:
        self._cell_id = cell_id
        cell = self.cell
        if cell is None:
            self.inspector.show_nothing()
            self.canvas.select(0)
            self.canvas.set_overlay(None)
        else:
            self._show_frame(cell.frame_id)
            self._show_cell(cell)
            self.canvas.select(cell_id)
            self._draw_cell()
        self.focus_changed.emit()

    def _show_cell(self, cell: CaseCell) -> None:
        frame = self._case.frame(cell.frame_id)
        if frame is not None:
            self.inspector.show_cell(self.gallery.place, cell, frame)

    def _label_chosen(self, label: Label | None) -> None:
        if self._cell_id:
            self.label_wanted.emit(self._cell_id, label)

    def _view_changed(self, view: MapView) -> None:
        self._draw_cell()
        self.view_changed.emit(view)

    def _draw_cell(self) -> None:
        """Ask for the chosen cell's pictures; one wish at a time, the newest wins."""
        if self._drawing:
            self._draw_again = True
            return
        cell = self.cell
        frame = self._case.frame(cell.frame_id) if cell else None
        if cell is None or frame is None:
            return
        self._drawing = True
        view = self.inspector.view

        def arrived(pictures: CellPictures | None) -> None:
            self._drawing = False
            if pictures is not None and self._cell_id == cell.id:
                self.inspector.show_pictures(pictures)
                same = self._frame_id == cell.frame_id and self.canvas.has_image
                self.canvas.set_overlay(pictures.overlay if same else None, pictures.extent)
            if self._draw_again:
                self._draw_again = False
                self._draw_cell()

        self._bridge.picture(
            lambda bench: cell_pictures(bench, frame, cell, view),
            arrived,
            owner=self,
            failed=lambda _sentence: arrived(None),
            priority=2,
        )

    def set_palette_choice(self, palette: str) -> None:
        """Show maps in another palette."""
        if palette != self.inspector.view.palette:
            self.inspector.set_view(replace(self.inspector.view, palette=palette))

    def next_unsure(self) -> bool:
        """Go to the next unsure cell; false when there is none."""
        return self.gallery.step_to(lambda cell: cell.label is Label.UNSURE)

    def zoom_to_cell(self) -> None:
        """Bring the chosen cell close."""
        self.canvas.zoom_to(self._cell_id)

    def show_gallery_only(self, only: bool) -> None:
        """Give the whole page to the cells, or the picture its room back."""
        self._top.setVisible(not only)

    def reveal(self, case_id: int, cell_id: int) -> None:
        """Show a cell that has just been changed by undo or redo."""
        if case_id == self._case.id and cell_id:
            self.gallery.choose(cell_id, anywhere=True)

    def stop(self) -> None:
        """The window closes: make no pictures any more."""
        self.gallery.thumbnails.stop()
