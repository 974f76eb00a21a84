"""Review: the picture, its cells, and what the models say of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.slide_margins import counted_beside
from leukoscope.domain.slides import field_place
from leukoscope.domain.waiting import WaitingImage
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.model_names import ModelNames
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.page import Page
from leukoscope.gui.review.cell_drag import CellDrag
from leukoscope.gui.review.cell_drawing import boxes_of
from leukoscope.gui.review.cell_menu import CellMenu
from leukoscope.gui.review.cell_rendering import MapView, cell_thumbnail
from leukoscope.gui.review.empty_state import ReviewEmptyState
from leukoscope.gui.review.frame_batcher import FrameBatcher
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.image_bar import ImageBar
from leukoscope.gui.review.inspector import Inspector
from leukoscope.gui.review.layout import ImagePane, splitter, stacked
from leukoscope.gui.review.review_position import ReviewPosition
from leukoscope.gui.review.shown_cell import ShownCell
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.review.tile_size import tile_size_of
from leukoscope.gui.widgets.buttons import action_button
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.floating_card import FloatingCard


class ReviewPage(Page):
    """Canvas, gallery and inspector, kept on the same cell.

    Signals
    -------
    focus_changed()
        Another image or cell is shown, or none.
    view_changed(object)
        Maps are shown in another way: a MapView.
    """

    name, icon = "review", "review"
    needs_case = True

    focus_changed = Signal()
    view_changed = Signal(object)

    def __init__(self, bridge: Bridge, case: OpenCase, view: MapView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._case = bridge, case
        self.canvas, self.gallery, self.inspector = ImageCanvas(), CellGallery(), Inspector(view)
        self.drag = CellDrag(self.gallery, self.inspector.keys)
        self.bar = ImageBar()
        self.empty = ReviewEmptyState()
        self._frame_id = self._cell_id = self._case_id = 0
        self._place = ReviewPosition()
        self._waiting: Sequence[WaitingImage] = ()
        self._trouble = ""
        self._arrivals = FrameBatcher(self)
        self._arrivals.due.connect(self._take_arrived)
        self.shown_image = ShownImage(bridge, self.canvas, self)
        self._shown_cell = ShownCell(bridge, self.canvas, self.inspector, lambda: self.cell, lambda: self.frame)
        self._lay_out()
        self._connect()
        self._show_state()

    # Building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._top = ImagePane(self.bar, self.shown_image.row)
        self._left = splitter(Qt.Orientation.Vertical, self._top, self.gallery)
        self.split = splitter(Qt.Orientation.Horizontal, self._left, self.inspector)
        self._stack = stacked(self.empty, self.split)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._stack)

    def _connect(self) -> None:
        case, gallery, inspector = self._case, self.gallery, self.inspector
        case.loaded.connect(self._enter)
        case.load_failed.connect(lambda _id: self._show_state())
        case.closed.connect(self._enter)
        case.frame_added.connect(self._frame_added)
        case.cell_added.connect(self._cell_added)
        case.cell_changed.connect(self._cell_changed)
        case.cells_changed.connect(self._cells_changed)
        gallery.current_changed.connect(self._cell_chosen)
        gallery.opened.connect(self.canvas.zoom_to)
        gallery.several.connect(inspector.show_chosen)
        self.canvas.cell_clicked.connect(lambda cell_id: gallery.choose(cell_id, anywhere=True))
        self.canvas.cell_opened.connect(self.canvas.zoom_to)
        self.canvas.stepped.connect(gallery.step)
        self.canvas.zoom_changed.connect(self.bar.show_zoom)
        inspector.stepped.connect(gallery.step)
        inspector.view_changed.connect(self._view_changed)
        self.shown_image.shown.connect(self._image_shown)

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """Put the buttons in that follow actions."""
        self.bar.set_actions(actions)
        self.gallery.tools.addWidget(action_button(actions["toggle_grid"]))
        for name in ("cut_out", "advance"):
            self.inspector.tools.addWidget(action_button(actions[name]))
        self.gallery.menu_wanted.connect(CellMenu(actions, self, self.gallery.picker).offer)
        self.empty.clicked.connect(lambda: actions[self.empty.action].trigger())  # noqa: PLW0108 - another one by then

    def float_over_image(self, card: FloatingCard) -> None:
        """Let a card float over the image whenever it is shown."""
        card.float_over(self.canvas)

    def put_below_image(self, widget: QWidget) -> None:
        """Give a strip its room between image and cells."""
        self._top.put_below_image(widget)

    def set_waiting(self, images: Sequence[WaitingImage], trouble: str) -> None:
        """Images of the case that are not judged yet, and why nothing is judged now."""
        self._waiting, self._trouble = images, trouble
        if not self._case.frames:
            self._show_state()

    def start(self) -> None:
        """The workbench is open: pictures can be asked for."""
        bench, size, ratio = self._bridge.bench, self.gallery.size_of_tiles, self.devicePixelRatioF()
        made = self.gallery.thumbnails
        size.set_side(tile_size_of(bench.settings.current.window.get("tiles", "")))
        size.settled.connect(lambda side: bench.settings.remember(tiles=str(side)))
        self.gallery.set_source(
            lambda frame, cell: cell_thumbnail(bench, frame, cell, size.pixels(ratio), cut_out=made.cut_out)
        )

    def set_names(self, names: ModelNames) -> None:
        """Say what models and maps are called."""
        self.inspector.set_names(names)
        self._cell_chosen(self._cell_id)

    def focus_target(self) -> QWidget:
        """The gallery."""
        return self.gallery

    # State -----------------------------------------------------------------------------------------------------

    @property
    def frame(self) -> CaseFrame | None:
        """The image shown."""
        return self._case.frame(self._frame_id)

    @property
    def cell(self) -> CaseCell | None:
        """The cell chosen."""
        return self._case.cell(self._cell_id)

    @property
    def shows_gallery_only(self) -> bool:
        """Whether the cells have the whole page."""
        return self._top.isHidden()

    def _enter(self) -> None:
        """Show the case from its start; what was looked at stays in sight where it is the same case, read again."""
        self._arrivals.clear()
        case_id = self._case.id or 0
        if case_id != self._case_id:
            self._case_id, self._frame_id, self._cell_id, self._place = case_id, 0, 0, ReviewPosition()
        frame, cells = self._place.find(self._case.frames)
        if frame is None or frame.id != self._frame_id:
            # Before the gallery chooses: what it chooses is shown at once.
            self._frame_id = 0
        self.gallery.set_frames(self._case.frames, self._case.cell, None if frame is None else cells)
        if not self.gallery.current_id:
            frames = self._case.frames
            shown = frame or (frames[0] if frames else None)
            self._show_frame(shown.id if shown is not None else 0)
        # The image may have stayed while its cells came or went.
        self._name_frame()
        self._show_boxes()
        self._keep_place()
        self._show_state()

    def _keep_place(self) -> None:
        """Remember what is looked at as it is now: once the case has been read again, it cannot be asked for."""
        frame, frames = self.frame, self._case.frames
        index = next((at for at, one in enumerate(frames) if frame is not None and one.id == frame.id), 0)
        self._place = ReviewPosition(frame, index, self.cell)

    def _show_state(self) -> None:
        self.empty.invite(self._case.id is not None, bool(self._case.frames), self._waiting, self._trouble)
        self._stack.setCurrentWidget(self.split if self._case.frames else self.empty)
        self.focus_changed.emit()

    def _frame_added(self, frame_id: int) -> None:
        frame = self._case.frame(frame_id)
        if frame is not None:
            self._arrivals.add(frame, at_once=not self._frame_id)

    def _take_arrived(self, arrived: list[CaseFrame]) -> None:
        """Show what has been judged since the last time, in one go."""
        frames = [frame for frame in arrived if self._case.frame(frame.id) is frame]
        if not frames:
            return
        self.gallery.add_frames(frames)
        if not self._frame_id:
            self._show_frame(frames[0].id)
        else:
            self._name_frame()
        self._show_cell()
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
        self.gallery.change_cell(cell)
        if cell_id == self._cell_id:
            self._show_cell()
        if cell.frame_id == self._frame_id:
            self._show_boxes()

    def _cells_changed(self, cell_ids: Sequence[int]) -> None:
        self.gallery.change_cells([cell for cell in map(self._case.cell, cell_ids) if cell is not None])
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
        if frame_id and frame_id == self._frame_id and self.shown_image.is_there:
            return
        self._frame_id = frame_id
        frame = self.frame
        self.shown_image.show(frame)
        self.gallery.set_shown_frame(frame_id)
        self._keep_place()
        if frame is not None:
            self._name_frame()
            self.focus_changed.emit()

    def _image_shown(self) -> None:
        self._show_boxes()
        self.canvas.select(self._cell_id)
        self._shown_cell.draw(self._frame_of_cell())

    def _name_frame(self) -> None:
        frame = self.frame
        if frame is not None:
            ids = [one.id for one in self._case.frames]
            beside = counted_beside(frame, self._case.frames) if field_place(frame.origin) else None
            self.bar.show_frame(frame, ids.index(frame.id) + 1, len(ids), beside)

    def _show_boxes(self) -> None:
        frame = self.frame
        if frame is None:
            return
        self.canvas.set_boxes(boxes_of(self._case, frame, self.cell))

    # Cells -----------------------------------------------------------------------------------------------------

    def _cell_chosen(self, cell_id: int) -> None:
        before, self._cell_id = self._cell_id, cell_id
        cell = self.cell
        if any(one is not None and one.removed is not None for one in (self._case.cell(before), cell)):
            self._show_boxes()
        if cell is None:
            self._shown_cell.clear()
        else:
            self._show_frame(cell.frame_id)
            self._show_cell()
            self.canvas.select(cell_id)
            self._shown_cell.draw(self._frame_of_cell())
        self._keep_place()
        self.focus_changed.emit()

    def _frame_of_cell(self) -> CaseFrame | None:
        """The image of the chosen cell, shown or on its way."""
        cell = self.cell
        return self._case.frame(cell.frame_id) if cell is not None else None

    def _show_cell(self) -> None:
        self._shown_cell.tell(self.gallery.place, self._frame_of_cell())

    def _view_changed(self, view: MapView) -> None:
        self._shown_cell.draw(self._frame_of_cell())
        self.view_changed.emit(view)

    def next_unsure(self) -> bool:
        """Go to the next unsure cell; false when there is none."""
        return self.gallery.step_to(lambda cell: cell.needs_person)

    def zoom_to_cell(self) -> None:
        """Bring the chosen cell close."""
        self.canvas.zoom_to(self._cell_id)

    def show_gallery_only(self, only: bool) -> None:
        """Give the whole page to the cells, or the picture its room back."""
        self._top.setVisible(not only)

    def choose_cell(self, cell_id: int) -> None:
        """Choose a cell, in whatever group it is."""
        self.gallery.choose(cell_id, anywhere=True)

    def reveal(self, case_id: int, cell_id: int) -> None:
        """Show a cell that has just been changed by undo or redo."""
        if case_id == self._case.id and cell_id:
            self.gallery.choose(cell_id, anywhere=True)

    def stop(self) -> None:
        """The window closes: make no pictures any more."""
        self.gallery.thumbnails.stop()
