"""Signing, amending, signing in, locking, counting: what people stand for, in the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QInputEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from leukoscope.domain.cases import Case, CaseState
from leukoscope.domain.errors import ImagesLeftError, LeukoScopeError, UnsureLeftError
from leukoscope.gui.actions import CLASS_KEYS
from leukoscope.gui.rights import hold
from leukoscope.gui.widgets.audit_sheet import SHOWN, AuditSheet
from leukoscope.gui.widgets.count_sheet import CountedCase, CountSheet
from leukoscope.gui.widgets.desk_sheets import AmendSheet, FormSheet, SignInSheet, SignSheet
from leukoscope.gui.widgets.erase_sheet import EraseSheet
from leukoscope.workflow.events import CaseErased, Event
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow
    from leukoscope.workflow.workbench import Workbench

TOUCHES = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.MouseMove)
COMPARED = 200
CHANGES = (
    "label_leukemic", "label_healthy", "label_unsure", "label_none", "remove_image", "mark_reviewed", "sign",
    "judge_again", "judge_case_again", "judge_failed", "resume_waiting", "remove_waiting", *CLASS_KEYS,
)  # fmt: skip
"""Actions that make no sense in a signed case."""


class DeskControl(QObject):
    """The handlers of the actions of people, and the lock of the screen."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.sign_sheet, self.amend_sheet, self.sign_in_sheet = (
            SignSheet(window),
            AmendSheet(window),
            SignInSheet(window),
        )
        self.count_sheet, self.audit_sheet = CountSheet(window), AuditSheet(window)
        self.erase_sheet = EraseSheet(window)
        self._held = 0
        self._when_open: list[Callable[[], object]] = []
        self._asked_for: Case | None = None
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self.lock)
        self.sign_sheet.wanted.connect(self._sign)
        self.amend_sheet.wanted.connect(self._amend)
        self.sign_in_sheet.wanted.connect(self._sign_in)
        self.count_sheet.others_wanted.connect(self._offer_others)
        self.count_sheet.other_wanted.connect(self._read_other)
        self.audit_sheet.export_wanted.connect(self._export_audit)
        self.erase_sheet.wanted.connect(self._erase)
        window.case.loaded.connect(self.refine_actions)
        for signal in (window.case.loaded, window.case.closed):
            signal.connect(self._hold)
        window.bridge.happened.connect(self._heard)
        window.bridge.refused.connect(self._look_whether_open)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """One handler for each action."""
        return {
            "count": self.count,
            "mark_reviewed": self.mark_reviewed,
            "sign": self.sign,
            "amend": self.amend,
            "erase_case": self.erase,
            "audit": self.audit,
            "lock": self.lock,
        }

    def start(self) -> None:
        """The workbench is open: ask for a password where accounts are on."""
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)
        if not self._window.bridge.bench.desk.is_open:
            self._close_window("")
        self._rest()

    def rules_changed(self) -> None:
        """Accounts were turned on or off."""
        self._rest()
        self._window.update_actions()
        self._hold_pages()
        self._window.who.refresh()
        self._window.worklist.refresh()

    def refine_actions(self) -> None:
        """Enable what makes sense in the case's state."""
        window = self._window
        case = window.case.case
        actions = window.actions_by_id
        sealed = case is not None and case.state.is_sealed
        for name in CHANGES:
            if sealed:
                actions[name].setEnabled(False)
        if case is not None:
            actions["mark_reviewed"].setEnabled(case.state in {CaseState.OPEN, CaseState.AMENDED})
        actions["amend"].setEnabled(sealed)
        is_open = window.bridge.is_open
        chosen = window.case.case is not None or (window.page == "worklist" and window.worklist.current is not None)
        actions["erase_case"].setEnabled(is_open and chosen)
        actions["lock"].setEnabled(is_open and window.bridge.bench.desk.rules.accounts)

    def refuses_changes(self) -> bool:
        """Say that a signed case is read-only, or that another case is on its way; whether nothing can be changed."""
        case = self._window.case.case
        if self._window.case.is_leaving:
            self._window.message.tell(self.tr("Another case is being opened; wait until it is there."))
            return True
        if case is None or not case.state.is_sealed:
            return False
        self._window.message.tell(
            self.tr("This case is signed; amend it with a reason to change it."), self.tr("Amend…"), self.amend
        )
        return True

    # Signing ---------------------------------------------------------------------------------------------------

    def sign(self) -> None:
        """Ask for what a signature needs."""
        window = self._window
        if window.case.case is None or window.case.is_leaving:
            return
        window.case_bar.form.save()
        case = self._asked_for = window.case.case
        desk = window.bridge.bench.desk
        self.sign_sheet.ask(desk.name, desk.rules.accounts, case.header.number)

    def _sign(self, name: str, meaning: str, password: str, *, failed_known: bool = False) -> None:
        case = self._asked_for
        if case is not None and self._is_still_shown(case, self.sign_sheet):
            self._try(
                lambda bench: bench.seals.sign(case.id, name, meaning, password, failed_known=failed_known),
                None if failed_known else self.sign_sheet,
                self.tr("The case is signed; the report is kept as it is."),
                nevertheless=lambda: self._sign(name, meaning, password, failed_known=True),
            )

    def amend(self) -> None:
        """Ask why."""
        case = self._window.case.case
        if case is not None and case.state.is_sealed and not self._window.case.is_leaving:
            self._window.who.decides(lambda: self._ask_why(case))

    def _ask_why(self, case: Case) -> None:
        self._asked_for = case
        if self._is_still_shown(case, self.amend_sheet):
            self.amend_sheet.ask(case.header.number)

    def _amend(self, reason: str) -> None:
        case = self._asked_for
        if case is not None and self._is_still_shown(case, self.amend_sheet):
            self._try(
                lambda bench: bench.seals.amend(case.id, reason),
                self.amend_sheet,
                self.tr("The case can be changed again."),
            )

    def mark_reviewed(self) -> None:
        """Say that every cell has been looked at."""
        case = self._window.case.case
        if case is not None and not self._window.case.is_leaving:
            well = self.tr("The case is reviewed.")
            self._window.who.decides(lambda: self._try(lambda bench: bench.seals.mark_reviewed(case.id), None, well))

    def _is_still_shown(self, case: Case, sheet: FormSheet) -> bool:
        """Whether a sheet's case is still the one in sight: what is not seen is not signed."""
        if self._window.case.wanted == case.id:
            return True
        sheet.leave()
        words = self.tr("Case {0} is no longer the one that is open, so nothing was signed or amended.")
        self._window.message.warn(words.format(case.header.number))
        return False

    def _try(
        self,
        work: Callable[[Workbench], object],
        sheet: FormSheet | None,
        well: str,
        nevertheless: Callable[[], object] | None = None,
    ) -> None:
        """Do it; what is wrong is said on the sheet, or in its place in the window.

        ``nevertheless`` does it although images could not be judged.
        """
        why: list[LeukoScopeError] = []

        def attempt(bench: Workbench) -> None:
            try:
                work(bench)
            except LeukoScopeError as error:
                why.append(error)
                raise

        def done(_none: None) -> None:
            if sheet is not None:
                sheet.say("")
                sheet.leave()
            self._window.message.tell(well)

        def failed(sentence: str) -> None:
            cure: tuple[str, Callable[[], object]] | tuple[()] = ()
            error = why[0] if why else None
            if isinstance(error, ImagesLeftError) and not error.waiting and nevertheless is not None:
                cure = (self.tr("Sign nevertheless"), nevertheless)
            elif isinstance(error, UnsureLeftError):
                cell_id = error.cell_id
                cure = (self.tr("Show the cell"), lambda: self._show_cell(cell_id))
            (sheet.say if sheet is not None and sheet.isVisible() else self._window.message.warn)(sentence, *cure)

        self._window.bridge.write(attempt, done, owner=self, failed=failed)

    def _show_cell(self, cell_id: int) -> None:
        self._window.show_page("review")
        self._window.review.gallery.choose(cell_id, anywhere=True)

    # Erasing ---------------------------------------------------------------------------------------------------

    def erase(self) -> None:
        """Ask why the chosen case of the list, or the open one, is erased for good."""
        window = self._window
        chosen = window.worklist.current if window.page == "worklist" else None
        case = window.case.case
        if chosen is not None:
            self.ask_to_erase(chosen.id, chosen.header.number)
        elif case is not None:
            self.ask_to_erase(case.id, case.header.number)

    def ask_to_erase(self, case_id: int, number: str) -> None:
        """Ask why a case is erased for good, and say what will still hold it."""

        def ask() -> None:
            self.erase_sheet.ask(case_id, number)
            self._window.bridge.read(
                lambda bench: bench.holding_backups(case_id),
                lambda names: self.erase_sheet.show_backups(case_id, names),
                owner=self,
                failed=self.erase_sheet.say,
            )

        self._window.who.decides(ask)

    def _erase(self, case_id: int, reason: str) -> None:
        window, sheet = self._window, self.erase_sheet

        def done(_none: None) -> None:
            sheet.leave()
            was_open = window.case.wanted == case_id
            window.case.leave(case_id)
            # What could be undone may be about cells that are gone, whose keys others can get.
            window.undo_stack.clear()
            if was_open and window.page in {"review", "report"}:
                window.show_page("worklist")
            window.message.tell(self.tr("The case is being erased; freed space is overwritten …"))

        def failed(sentence: str) -> None:
            (sheet.say if sheet.isVisible() else window.message.warn)(sentence)

        window.bridge.write(lambda bench: bench.erase_case(case_id, reason), done, owner=self, failed=failed)

    def _heard(self, event: Event) -> None:
        if not isinstance(event, CaseErased):
            return
        parts = [self.tr("The case is erased for good.")]
        if event.backups:
            parts.append(self.tr("These backups still hold it: {0}.").format(", ".join(event.backups)))
        if event.shared:
            parts.append(
                self.tr(
                    "The database server may hold freed pages and archives: ask its administrator for VACUUM FULL and "
                    "to let old archives go."
                )
            )
        (self._window.message.warn if len(parts) > 1 else self._window.message.tell)(" ".join(parts))

    def _hold(self) -> None:
        """Nobody at another workstation erases the case that is open here."""
        case_id = self._window.case.id or 0
        if case_id != self._held and self._window.bridge.is_open:
            self._held = case_id
            self._window.bridge.read(lambda bench: bench.hold(case_id), owner=self)

    # Signing in and the lock -----------------------------------------------------------------------------------

    def lock(self) -> None:
        """Lock the screen; judging goes on behind it."""
        if self._window.bridge.is_open:
            desk = self._window.bridge.bench.desk
            desk.lock()
            if not desk.is_open:
                self._close_window(desk.person.name if desk.person else "")

    def _close_window(self, name: str) -> None:
        """Nothing of a patient is to be seen or reached by keyboard behind the sheet."""
        for sheet in (self.sign_sheet, self.amend_sheet, self.count_sheet, self.audit_sheet, self.erase_sheet):
            sheet.leave()
        self._window.encrypting.leave()
        self._show_window(False)
        self.sign_in_sheet.ask(name)

    def _show_window(self, shown: bool) -> None:
        if (middle := self._window.centralWidget()) is not None:
            middle.setVisible(shown)
        self._window.menuBar().setVisible(shown)

    def _sign_in(self, name: str, password: str) -> None:
        def opened(_person: object) -> None:
            self.sign_in_sheet.open()
            self._show_window(True)
            self._window.focus_page()
            self._rest()
            self._window.update_actions()
            self._hold_pages()
            self._window.who.refresh()
            self._window.bridge.ask_again()
            self._window.worklist.refresh()
            waiting, self._when_open = self._when_open, []
            for begin in waiting:
                begin()

        self._window.bridge.write(
            lambda bench: bench.desk.sign_in(name, password), opened, owner=self, failed=self.sign_in_sheet.say
        )

    def when_open(self, begin: Callable[[], object]) -> None:
        """Do something as soon as somebody may work here: at once, or after the next sign-in."""
        if self._window.bridge.bench.desk.is_open:
            begin()
        else:
            self._when_open.append(begin)

    def _hold_pages(self) -> None:
        """Let everybody use what they may, and nothing else."""
        self._window.settings.hold_to_rights()
        self._window.models.hold_to_rights()
        self._window.worklist.hold_to_rights()
        hold(self._window.bridge, Act.EXPORT_TRAIL, self.audit_sheet.export)

    def _look_whether_open(self) -> None:
        """An act was refused: who sits here may have been locked or closed elsewhere, or accounts turned on."""
        bridge = self._window.bridge
        if not bridge.is_open:
            return
        if not bridge.bench.desk.is_open and not self.sign_in_sheet.closed_to_all:
            person = bridge.bench.desk.person
            self._close_window(person.name if person else "")
        else:
            self._window.update_actions()
            self._hold_pages()

    def _rest(self) -> None:
        """Begin to wait for the next touch."""
        rules = self._window.bridge.bench.desk.rules
        if rules.accounts and rules.lock_minutes:
            self._idle.start(rules.lock_minutes * 60_000)
        else:
            self._idle.stop()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Every touch puts the lock off; while locked, keys reach the sheet alone."""
        # It is asked about every event of the program: the event's type costs far more to ask for than a class.
        if isinstance(event, QInputEvent) and event.type() in TOUCHES and self._idle.isActive():
            self._idle.start()
        if self.sign_in_sheet.closed_to_all and event.type() in {QEvent.Type.ShortcutOverride, QEvent.Type.Shortcut}:
            event.accept()
            return event.type() == QEvent.Type.Shortcut
        return False

    # Counting and the trail ------------------------------------------------------------------------------------

    def count(self) -> None:
        """Show the count table."""
        case = self._window.case.case
        if case is not None:
            review, cells = self._window.review, tuple(self._window.case.cells)
            shown = review.frame.id if review.frame is not None else 0
            image = [cell for cell in cells if cell.frame_id == shown] if shown else None
            self.count_sheet.ask(CountedCase(case.header, cells, image))

    def _offer_others(self) -> None:
        own = self._window.case.id

        def arrived(cases: tuple[object, ...]) -> None:
            self.count_sheet.set_others(tuple(one for one in cases if getattr(one, "id", 0) != own))  # type: ignore[misc]

        self._window.bridge.read(lambda bench: bench.cases()[:COMPARED], arrived, owner=self)

    def _read_other(self, case_id: int) -> None:
        self._window.bridge.read(lambda bench: bench.load_case(case_id), self.count_sheet.show_other, owner=self)

    def audit(self) -> None:
        """Show the trail: of the open case in its pages, else of everything."""
        case_id = self._window.case.id if self._window.page in {"review", "report"} else None
        self._window.bridge.read(
            lambda bench: (bench.seals.audit(case_id, SHOWN), bench.seals.verify_audit()),
            lambda both: self.audit_sheet.show_entries(*both),
            owner=self,
        )

    def _export_audit(self) -> None:
        kinds = self.tr("Table") + " (*.csv);;PDF (*.pdf)"
        chosen, _ = QFileDialog.getSaveFileName(self._window, self.tr("Export audit trail"), "audit.csv", kinds)
        if chosen:
            self.export_audit_to(Path(chosen))

    def export_audit_to(self, path: Path) -> None:
        """Write the whole trail as a file."""
        self._window.bridge.write(
            lambda bench: bench.seals.export_audit(path),
            lambda _: self._window.message.tell(self.tr("The audit trail is written.")),
            owner=self,
            failed=self._window.message.warn,
        )
