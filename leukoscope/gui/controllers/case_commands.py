"""What the actions of the table do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication

from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, named, person_label
from leukoscope.gui.actions import (
    CLASS_CODES,
    CLASS_KEYS,
    MAP_KEYS,
    PAGES,
    reserved_keys,
    show_keys,
    with_class_keys,
    words,
)
from leukoscope.gui.cell_pictures import maps_of
from leukoscope.gui.rights import hold_actions, kept
from leukoscope.gui.theme import appearance
from leukoscope.gui.undo import BringBack, LabelCell, PutAway, RemoveFrame
from leukoscope.workflow.class_keys import keys_in_force

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow


class Commands(QObject):
    """The handlers of the actions; each a few lines that ask the parts of the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._tour: QObject | None = None

    def handlers(self) -> dict[str, Callable[[], object]]:
        """One handler for each action of the table."""
        window = self._window
        table: dict[str, Callable[[], object]] = {
            "new_case": self.new_case,
            "open_images": window.adding.open_images,
            "open_folder": window.adding.open_folder,
            "paste": window.adding.paste,
            "edit_header": self.edit_header,
            "cancel": window.adding.cancel,
            "quit": window.close,
            "undo": window.who.undo,
            "redo": window.who.redo,
            "remove_image": self.remove_image,
            "add_cell": window.handwork.begin,
            "remove_cell": window.handwork.remove,
            "set_scale": window.scaling.begin,
            "remove_case": self.remove_case,
            "label_leukemic": lambda: self._label_chosen(Label.LEUKEMIC),
            "label_healthy": lambda: self._label_chosen(Label.HEALTHY),
            "label_unsure": lambda: self._label_chosen(Label.UNSURE),
            **{f"class_{code}": partial(self._label_chosen, named(code)) for code in CLASS_CODES},
            "next_map": lambda: window.review.inspector.step_map(1),
            "previous_map": lambda: window.review.inspector.step_map(-1),
            "label_none": lambda: self._label_chosen(None),
            "next_cell": lambda: self._step(1),
            "previous_cell": lambda: self._step(-1),
            "next_unsure": self.next_unsure,
            "next_image": lambda: window.review.step_image(1),
            "previous_image": lambda: window.review.step_image(-1),
            "zoom_in": lambda: window.review.canvas.zoom_by(1.25),
            "zoom_out": lambda: window.review.canvas.zoom_by(0.8),
            "zoom_fit": window.review.canvas.fit,
            "zoom_actual": window.review.canvas.actual,
            "zoom_cell": window.review.zoom_to_cell,
            "toggle_boxes": lambda: window.review.canvas.show_boxes(self._checked("toggle_boxes")),
            "toggle_map": window.review.inspector.toggle_map,
            "toggle_contour": window.review.inspector.toggle_contour,
            "swap_evidence": window.review.inspector.swap_evidence,
            "toggle_grid": lambda: window.review.show_gallery_only(self._checked("toggle_grid")),
            "toggle_theme": self.toggle_theme,
            "full_screen": self.full_screen,
            "help": window.help_sheet.enter,
            "tour": self.tour,
            "save_report": window.faults.ask_and_save,
            "about": window.about_sheet.enter,
        }
        table.update(window.out.handlers())
        table.update(window.desk.handlers())
        table.update(window.waiting.handlers())
        for page in PAGES:
            table[f"show_{page}"] = partial(window.show_page, page)
        for number, name in enumerate(MAP_KEYS):
            table[name] = partial(window.review.inspector.choose_map, number)
        return table

    def _checked(self, action: str) -> bool:
        return self._window.actions_by_id[action].isChecked()

    def refine_actions(self) -> None:
        """Enable what depends on more than what is there, and show the state of switches."""
        window, actions = self._window, self._window.actions_by_id
        actions["undo"].setEnabled(window.undo_stack.canUndo())
        actions["redo"].setEnabled(window.undo_stack.canRedo())
        actions["undo"].setText(self._with_name(self.tr("Undo"), window.undo_stack.undoText()))
        actions["redo"].setText(self._with_name(self.tr("Redo"), window.undo_stack.redoText()))
        actions["cancel"].setEnabled(bool(window.status.queue_text))
        cell = window.review.cell
        maps = len(maps_of(cell)) if cell is not None and actions["next_cell"].isEnabled() else 0
        for number, name in enumerate(MAP_KEYS):
            actions[name].setEnabled(number < maps)
        for name in ("next_map", "previous_map"):
            actions[name].setEnabled(maps > 0)
        actions["label_none"].setEnabled(cell is not None and cell.decision is not None)
        removed = cell is not None and cell.removed is not None
        actions["remove_cell"].setText(self.tr("Bring cell back") if removed else words("Remove cell"))
        if removed:
            for name in ("label_leukemic", "label_healthy", "label_unsure", "label_none", *CLASS_KEYS):
                actions[name].setEnabled(False)
        actions["remove_case"].setEnabled(window.case.case is not None or window.worklist.current is not None)
        window.waiting.refine_actions()
        window.desk.refine_actions()
        view = window.review.inspector.view
        actions["toggle_map"].setChecked(view.on)
        actions["toggle_contour"].setChecked(view.mode == "contour")
        actions["toggle_boxes"].setChecked(window.review.canvas.boxes_shown)
        hold_actions(window.bridge, actions)

    @staticmethod
    def _with_name(word: str, name: str) -> str:
        return f"{word}: {name}" if name else word

    # Cases -----------------------------------------------------------------------------------------------------

    def new_case(self) -> None:
        """Start a new case and write its header."""

        def made(case_id: int) -> None:
            window = self._window
            window.case.open(case_id, lambda: window.case_bar.unfold(True))
            window.show_page("review")

        bridge = self._window.bridge
        bridge.write(lambda bench: bench.new_case(), made, owner=self, failed=bridge.failed.emit)

    def open_case(self, case_id: int) -> None:
        """Review a case of the list."""
        if self._window.case.wanted != case_id:
            self._window.case.open(case_id)
        self._window.show_page("review")

    def edit_header(self) -> None:
        """Write the header where it is shown."""
        window = self._window
        if window.page == "worklist" and window.worklist.current is not None:
            window.worklist.form.focus_number()
            return
        if window.page not in {"review", "report"}:
            window.show_page("review")
        window.case_bar.unfold(not window.case_bar.is_unfolded)

    def remove_case(self) -> None:
        """Put the chosen case of the list, or the open one, away."""
        window = self._window
        chosen = window.worklist.current if window.page == "worklist" else None
        case = window.case.case
        if chosen is not None:
            self.remove_that_case(chosen.id, chosen.header.number)
        elif case is not None:
            self.remove_that_case(case.id, case.header.number)

    def remove_that_case(self, case_id: int, number: str) -> None:
        """Put a case away."""
        window = self._window
        was_open = window.case.wanted == case_id
        command = PutAway(window.bridge, window.case, case_id, number)

        def put_away() -> None:
            window.undo_stack.push(command)
            if was_open and window.page in {"review", "report"}:
                window.show_page("worklist")
            self._offer_undo(self.tr("Case {0} is put away.").format(number))

        window.who.decides(put_away)

    def bring_back(self, case_id: int, number: str) -> None:
        """Bring a case back that was put away."""
        window = self._window
        command = BringBack(window.bridge, window.case, case_id, number)

        def bring() -> None:
            window.undo_stack.push(command)
            self._offer_undo(self.tr("Case {0} is in the list again.").format(number))

        window.who.decides(bring)

    def remove_image(self) -> None:
        """Take the shown image out of its case."""
        window = self._window
        frame, case = window.review.frame, window.case.case
        if frame is None or case is None or window.desk.refuses_changes():
            return
        name = frame.origin.name if frame.origin else Path(frame.source).name
        command = RemoveFrame(window.bridge, case.id, frame.id, name)

        def remove() -> None:
            window.undo_stack.push(command)
            self._offer_undo(self.tr("“{0}” is out of the case.").format(name))

        window.who.decides(remove)

    def _offer_undo(self, sentence: str) -> None:
        self._window.message.tell(sentence, self.tr("Undo"), self._window.who.undo)

    # Cells -----------------------------------------------------------------------------------------------------

    def label(self, cell_id: int, said: PersonLabel | Label | None) -> None:
        """Keep a person's label; pressing it again changes nothing."""
        window, label = self._window, person_label(said)
        cell = window.case.cell(cell_id)
        if window.desk.refuses_changes():
            return
        if cell is None or (cell.decision.said if cell.decision else None) == label:
            return
        command = LabelCell(window.case, cell_id, label, window.review.reveal)
        window.who.decides(lambda: window.undo_stack.push(command))

    def _label_chosen(self, label: PersonLabel | Label | None) -> None:
        cell = self._window.review.cell
        if cell is not None:
            self.label(cell.id, label)

    def _step(self, by: int) -> None:
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton):
            # Space belongs to the button that has the keyboard.
            focused.click()
        else:
            self._window.review.gallery.step(by)

    def next_unsure(self) -> None:
        """Go to the next cell that needs a person."""
        if not self._window.review.next_unsure():
            self._window.message.tell(self.tr("No unsure cell is left in this group."))

    # The window ------------------------------------------------------------------------------------------------

    def toggle_theme(self) -> None:
        """Dark becomes light, light becomes dark."""
        other = "light" if appearance().theme.name == "dark" else "dark"
        window = self._window
        if window.bridge.is_open:
            if not kept(window.bridge, lambda bench: bench.save_settings(theme=other)):
                return
            window.settings.show_settings(window.bridge.bench.settings)
        appearance().choose(other)

    def setting_changed(self, name: str) -> None:
        """A setting is in force at once."""
        settings = self._window.bridge.bench.settings
        if name == "theme":
            appearance().choose(settings.theme)
        elif name == "palette":
            self._window.review.set_palette_choice(settings.palette)
        elif name == "class_keys":
            self.set_class_keys(settings.class_keys)

    def set_class_keys(self, chosen: Mapping[str, str]) -> None:
        """Let keys name classes as a lab has set them, everywhere: menu, gallery, inspector, sheet of keys."""
        window = self._window
        keys = keys_in_force(chosen, reserved_keys())
        for spec in with_class_keys(keys):
            show_keys(window.actions_by_id[spec.id], spec)
        window.review.inspector.keys.set_class_keys(keys)
        window.help_sheet.show_class_keys(keys)

    def full_screen(self) -> None:
        """The whole screen, or a window again."""
        window = self._window
        if window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()

    def tour(self) -> None:
        """Walk through the program."""
        from leukoscope.gui.tour_steps import stops
        from leukoscope.gui.widgets.tour import Tour

        window = self._window
        tour = Tour(stops(window), window)
        tour.left.connect(self._tour_left)
        tour.left.connect(tour.deleteLater)
        self._tour = tour
        tour.start()

    def _tour_left(self) -> None:
        self._tour = None
        bridge = self._window.bridge
        if bridge.is_open and not bridge.bench.settings.tour_seen:
            bridge.bench.save_settings(tour_seen=True)

    def first_start(self) -> None:
        """Show the demo case once; later show what was open last."""
        window = self._window
        memory = window.bridge.bench.settings.window
        if "demo" in memory:
            last = memory.get("case", "")
            if last.isdigit():
                window.bridge.read(
                    lambda bench: bench.cases(), lambda cases: self._open_again(int(last), cases), owner=self
                )
            return

        def made(case_id: int) -> None:
            self._window.memory.memorize(demo="made")
            window.show_page("review")
            window.case.open(case_id, lambda: self._tour_when_judged(case_id))

        window.bridge.write(lambda bench: bench.demo_case(), made, owner=self, failed=window.bridge.failed.emit)

    def _tour_when_judged(self, case_id: int) -> None:
        """Begin the tour as soon as the demo case has cells to show, if it is still the one that is looked at."""
        window = self._window
        if window.bridge.bench.settings.tour_seen or window.case.id != case_id or self._tour is not None:
            return
        if window.case.cell_count:
            if window.page == "review":
                self.tour()
            return
        window.case.frame_added.connect(
            lambda _id: self._tour_when_judged(case_id), Qt.ConnectionType.SingleShotConnection
        )

    def _open_again(self, case_id: int, cases: tuple[object, ...]) -> None:
        if self._window.case.wanted is None and any(getattr(one, "id", 0) == case_id for one in cases):
            self._window.case.open(case_id)
