"""Maintenance from the settings: trying lines, backups, checks, and putting a backup back; the window goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QDateTime, QLocale, Signal

from leukoscope.domain.progress import CancelToken
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.language import said
from leukoscope.gui.session import Session
from leukoscope.gui.settings.line_choice import LineChoice
from leukoscope.gui.settings.maintenance_panel import MaintenancePanel

if TYPE_CHECKING:
    from leukoscope.workflow.backup_check import Tally
    from leukoscope.workflow.restore import Plan
    from leukoscope.workflow.store_check import StoreCheck
    from leukoscope.workflow.workbench import Workbench

T = TypeVar("T")
NAMED = 3
"""So many faults are said; the command line names all."""


class MaintenanceController(Controller):
    """One thing at a time; stopping one lets its answer go unheard.

    Parameters
    ----------
    session
        What it works on.
    panel
        Backup, check and restore.
    lines
        What shows the lines to other systems: setting that holds the address -> widget.

    Signals
    -------
    wanted(object)
        A Restoration that somebody who may has decided: it is done while the window is closed.
    """

    wanted = Signal(object)
    # Emitted in the thread that works.
    _stepped = Signal(int, int)

    def __init__(self, session: Session, panel: MaintenancePanel, lines: Mapping[str, LineChoice]) -> None:
        super().__init__(session)
        self._panel, self._cancel, self._words = panel, CancelToken(), ""
        self._file: Path | None = None
        self._tries: dict[str, int] = {}
        self._stepped.connect(lambda done, total: panel.show_step(self._words, done, total))
        panel.backup_wanted.connect(self._ask_backup)
        panel.check_wanted.connect(self.check)
        panel.restore_wanted.connect(self._ask_restore)
        panel.put_back_wanted.connect(self._put_back)
        panel.left.connect(lambda: panel.say(""))
        panel.stop_wanted.connect(self._stop)
        for name, line in lines.items():
            line.try_wanted.connect(partial(self._try, name, line))
            line.stop_wanted.connect(partial(self._stop_trying, name, line))

    # Lines -----------------------------------------------------------------------------------------------------

    def _try(self, name: str, line: LineChoice) -> None:
        """Ask whether somebody is there; an answer that nobody waits for any more is not said."""
        number = self._tries[name] = self._tries.get(name, 0) + 1
        line.show_asking()

        def answered(sentence: str, *, wrong: bool) -> None:
            if self._tries[name] == number:
                line.say(sentence, wrong=wrong)

        self._bridge.read_in_pool(
            lambda bench: bench.maintenance.try_line(name),
            lambda who: answered(self._there(name).format(who), wrong=False),
            owner=self,
            failed=lambda sentence: answered(sentence, wrong=True),
        )

    def _there(self, name: str) -> str:
        return {
            "hl7_node": self.tr("Somebody listens at {0}, and the line comes about. No message was sent."),
            "dicom_node": self.tr("The DICOM archive answers as {0}."),
        }.get(name, self.tr("The shared database answers: PostgreSQL {0}."))

    def _stop_trying(self, name: str, line: LineChoice) -> None:
        self._tries[name] += 1
        line.say("")

    # Backup and check ------------------------------------------------------------------------------------------

    def _begin(self, words: str, work: Callable[[Workbench, CancelToken], T], done: Callable[[T], None]) -> None:
        cancel = self._cancel = CancelToken()
        self._words = words
        self._panel.begin(words)
        self._bridge.read_in_pool(
            lambda bench: work(bench, cancel),
            done,
            owner=self,
            failed=lambda sentence: self._panel.say(sentence, wrong=not cancel.cancelled),
        )

    def _stop(self) -> None:
        self._cancel.cancel()
        self._panel.work.stopping()

    def _ask_backup(self) -> None:
        folder = self._session.last_folder("backup") or str(Path.home())
        proposed = str(Path(folder) / f"leukoscope-backup-{date.today().isoformat()}.zip")
        path = self._files.save_file(self.tr("Write a backup"), proposed, "Zip (*.zip)")
        if path is not None:
            self.back_up_to(path if path.suffix.casefold() == ".zip" else path.with_name(f"{path.name}.zip"))

    def back_up_to(self, path: Path) -> None:
        """Write a backup into a file."""
        self._session.remember_folder(path.parent, "backup")
        step = self._stepped.emit
        self._begin(
            self.tr("Writing the backup, and reading it back"),
            lambda bench, cancel: bench.maintenance.back_up(path, step, cancel),
            lambda held: self._panel.say(
                self.tr("All cases, {0} images and {2} imported models are in “{1}”, and were read back.").format(
                    held.images, path.name, held.models
                )
            ),
        )

    def check(self) -> None:
        """Check what is kept."""
        step = self._stepped.emit
        self._begin(
            self.tr("Checking database, images and audit trail"),
            lambda bench, cancel: bench.maintenance.check(step, cancel),
            self._checked,
        )

    def _checked(self, checks: tuple[StoreCheck, ...]) -> None:
        faults = [said(fault) for check in checks for fault in check.faults]
        if not faults:
            self._panel.say(self.tr("All is well: every row, image and entry of the audit trail is as it was saved."))
            return
        more = len(faults) - NAMED
        words = " ".join(faults[:NAMED])
        self._panel.say(self.tr("{0} And {1} more faults.").format(words, more) if more > 0 else words, wrong=True)

    # Restore ---------------------------------------------------------------------------------------------------

    def _ask_restore(self) -> None:
        kinds = self.tr("Backups (*.zip *.db)")
        files = self._files.open_files(self.tr("Put a backup back"), self._session.last_folder("backup"), kinds)
        if files:
            self.look_at(files[0])

    def look_at(self, file: Path) -> None:
        """Check a backup, and say what putting it back would change."""
        self._file = file
        self._session.remember_folder(file.parent, "backup")
        self._begin(
            self.tr("Checking the backup"), lambda bench, _cancel: bench.maintenance.look_at(file), self._show_plan
        )

    def _show_plan(self, plan: Plan) -> None:
        if self._cancel.cancelled:
            self._panel.say("")
            return
        now = self.tr("cannot be read") if plan.before is None else self._tally(plan.before)
        words = self.tr("Now: {0}. Backup: {1}. What is there now is kept beside it.")
        models = plan.models
        sentences = [words.format(now, self._tally(plan.after))]
        if models.added or models.there:
            counted = self.tr("Imported models that come back: {0}; here already: {1}.")
            sentences.append(counted.format(len(models.added), len(models.there)))
        self._panel.say(" ".join([*sentences, *map(said, models.sentences)]), asks=True)

    def _tally(self, tally: Tally) -> str:
        words = self.tr("cases: {0}, images: {1}").format(tally.cases, tally.images)
        if tally.newest is None:
            return words
        moment = QDateTime.fromSecsSinceEpoch(int(tally.newest.timestamp()))
        newest = QLocale().toString(moment, QLocale.FormatType.ShortFormat)
        return self.tr("{0}, last changed {1}").format(words, newest)

    def _put_back(self) -> None:
        file = self._file
        if file is not None:
            self._panel.say("")
            self._bridge.write(
                lambda bench: bench.maintenance.prepare_restore(file),
                self.wanted.emit,
                owner=self,
                failed=lambda sentence: self._panel.say(sentence, wrong=True),
            )
