"""Daily control in the window: control slides measured, charts shown, runs left out, sheets written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices

from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.importing import IMAGE_SUFFIXES
from leukoscope.gui.language import said
from leukoscope.gui.permissions import hold
from leukoscope.gui.quality.charts_view import ChartsView
from leukoscope.gui.quality.control_part import ControlPart
from leukoscope.gui.quality.measure_card import MeasureCard
from leukoscope.gui.quality.page import CONTROL, QualityPage
from leukoscope.gui.session import Session
from leukoscope.workflow.events import ControlMeasured, ControlStep, Event, Failed, Stopped
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from collections.abc import Callable

    from leukoscope.workflow.control.in_force import Trouble
    from leukoscope.workflow.control.overview import ControlOverview
    from leukoscope.workflow.workbench import Workbench

JOB = "control"
LOOK_EVERY_MS = 60_000
"""How often it is looked whether all is well."""
FOLDER, SHEETS = "control", "control-sheets"
"""Under these words the folders used last are remembered."""


class ControlChartController(Controller):
    """Measures control slides and shows what became of them; one at a time."""

    def __init__(
        self,
        session: Session,
        page: QualityPage,
        part: ControlPart,
        charts: ChartsView,
        form: MeasureCard,
        status: StatusLine,
    ) -> None:
        super().__init__(session)
        self._page, self._part, self._charts, self._form, self._status = page, part, charts, form, status
        self._instrument, self._look_at, self._under_way = "", "", False
        self._trouble: Trouble | None = None
        self._asked = 0
        # Another workstation measures too, and a day begins at midnight.
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(LOOK_EVERY_MS)
        status.control_clicked.connect(self.show_trouble)
        self._bridge.happened.connect(self._heard)
        panel = part.panel
        panel.instrument_chosen.connect(self.show_instrument)
        panel.sheet_wanted.connect(self.choose_sheet)
        form.files_wanted.connect(self.choose_files)
        form.folder_wanted.connect(self.choose_folder)
        form.camera.measure_wanted.connect(self.measure_taken)
        form.work.stop.clicked.connect(self.stop)
        charts.bar.exclude_wanted.connect(self.exclude)
        page.part_shown.connect(self._part_shown)

    @property
    def is_busy(self) -> bool:
        """Whether a control slide is being measured."""
        return self._under_way

    # How it stands ---------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Say on the status line what is wrong, as the laboratory wants it; nobody is told behind a locked screen."""
        if self._session.is_open and self._session.operator.is_open:
            self._bridge.read_in_pool(
                lambda bench: bench.control.standing(), self._say, owner=self, failed=self._messages.warn
            )

    def setting_changed(self, name: str) -> None:
        """The laboratory wants otherwise."""
        if name.startswith("control_"):
            self.look()

    def _say(self, trouble: Trouble | None) -> None:
        self._trouble = trouble
        self._status.show_control(trouble.sentence if trouble is not None else "")

    def show_trouble(self) -> None:
        """Show the chart that shows what is wrong; where a run is missing, how it is measured."""
        if self._trouble is not None:
            self.show_chart(self._trouble.instrument, self._trouble.code)

    # What is seen ----------------------------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """The page is shown: what another workstation or the command line measured meanwhile is seen."""
        if name == self._page.name and self._page.part == CONTROL:
            self.refresh()

    def _part_shown(self, part: str) -> None:
        if part == CONTROL:
            self.refresh()

    def refresh(self) -> None:
        """Read the runs again."""
        if not self._session.is_open:
            return
        self._asked += 1
        wanted, asked = self._instrument, self._asked

        def show(overview: ControlOverview) -> None:
            # Counting the daily cases takes a while: an answer to an earlier question is not shown over a later one.
            if asked == self._asked:
                self._show(overview)

        self._bridge.read_in_pool(
            lambda bench: bench.control.overview(wanted), show, owner=self, failed=self._messages.warn
        )

    def show_instrument(self, name: str) -> None:
        """Show the charts of another instrument."""
        self._instrument = name
        self._part.show_charts()
        self.refresh()

    def show_chart(self, instrument: str, code: str) -> None:
        """Bring the chart of a figure into sight; without one let a person measure."""
        self._instrument, self._look_at = instrument, code
        self._navigation.show(self._page.name)
        self._page.show_part(CONTROL)
        self._part.show_charts() if code else self._part.show_form()
        self.refresh()

    def _show(self, overview: ControlOverview) -> None:
        self._instrument = overview.instrument
        self._part.show_overview(overview)
        self.apply_permissions()
        code, self._look_at = self._look_at, ""
        if code:
            self._charts.look_at(code)

    def apply_permissions(self) -> None:
        """Let nobody leave a run out who may not; the page says why."""
        why = said(self._session.operator.why_not(Act.CONTROL_EXCLUDE)) if self._session.is_open else ""
        self._charts.bar.show_permission(why)
        if not self._under_way:
            hold(self._bridge, Act.CONTROL, self._form.files, self._form.folder)

    # Measuring -------------------------------------------------------------------------------------------------

    def choose_files(self) -> None:
        """Ask for images of a control slide."""
        kinds = self.tr("Images ({0});;All files (*)").format(IMAGE_SUFFIXES)
        title = self.tr("Fields of a control slide")
        files = self._files.open_files(title, self._session.last_folder(FOLDER), kinds)
        if files:
            self._session.remember_folder(files[0].parent, FOLDER)
            self.measure(files)

    def choose_folder(self) -> None:
        """Ask for a folder of them."""
        folder = self._files.open_folder(self.tr("Folder of a control slide"), self._session.last_folder(FOLDER))
        if folder is not None:
            self._session.remember_folder(folder, FOLDER)
            self.measure((folder,))

    def measure(self, paths: tuple[Path, ...]) -> None:
        """Measure files and folders; those that were dropped too."""
        self._part.show_form()
        name, note = self._form.name, self._form.note.text()
        self._begin(lambda bench: bench.control.measure(name, paths, note))

    def measure_taken(self) -> None:
        """Measure the fields that the camera gave."""
        name, note, fields = self._form.name, self._form.note.text(), tuple(self._form.camera.fields)
        self._begin(lambda bench: bench.control.measure_taken(name, fields, note))

    def stop(self) -> None:
        """Stop measuring; nothing is kept."""
        if self._under_way:
            self._form.work.stopping()
            # After the call that begins it, which may still wait: what has not begun cannot be stopped.
            self._bridge.write(lambda bench: bench.control.stop(), owner=self, failed=self._messages.warn)

    def _begin(self, work: Callable[[Workbench], object]) -> None:
        if self._under_way:
            self._form.message.warn(self.tr("A control slide is being measured already; wait, or stop that first."))
            return
        self._under_way = True
        self._form.set_busy(True)
        self._bridge.write(work, owner=self, failed=self._failed)

    def _end(self) -> None:
        self._under_way = False
        self._form.set_busy(False)
        self.apply_permissions()

    def _heard(self, event: Event) -> None:
        """What comes while nothing is under way here was measured by nobody in this window."""
        if isinstance(event, ControlMeasured):
            self.look()
        if not self._under_way:
            return
        if isinstance(event, ControlStep):
            self._form.show_step(event.done, event.total)
        elif isinstance(event, ControlMeasured):
            self._measured(event)
        elif isinstance(event, Failed) and event.what == JOB:
            self._failed(event.sentence)
        elif isinstance(event, Stopped) and event.what == JOB:
            self._end()
            self._form.message.tell(self.tr("Stopped: no run was kept."))

    def _measured(self, event: ControlMeasured) -> None:
        self._end()
        self._form.measured()
        self._instrument = event.instrument
        self._part.show_charts()
        self.refresh()
        text = self.tr("{0} fields of {1} were measured.").format(event.fields, event.instrument)
        if event.left_out:
            name, sentence = event.left_out[0]
            more = self.tr("{0} images were left out. The first, {1}: {2}")
            self._messages.warn(f"{text} {more.format(len(event.left_out), Path(name).name, said(sentence))}")
        else:
            self._messages.tell(text)

    def _failed(self, sentence: str) -> None:
        self._end()
        self._form.message.warn(sentence)

    # Runs and sheets -------------------------------------------------------------------------------------------

    def exclude(self, number: int, reason: str) -> None:
        """Leave a run out of limits and rules."""

        def done(_none: None) -> None:
            self._messages.tell(self.tr("Run {0} counts no longer.").format(number))
            self.look()
            self.refresh()

        self._bridge.write(
            lambda bench: bench.control.exclude(number, reason), done, owner=self, failed=self._messages.warn
        )

    def choose_sheet(self, month: str) -> None:
        """Ask where the sheet of a month is to be saved."""
        instrument = self._instrument
        name = f"control {instrument} {month}.pdf".replace("/", "-")
        start = str(Path(self._session.last_folder(SHEETS)) / name)
        file = self._files.save_file(self.tr("Save monthly sheet"), start, "PDF (*.pdf)")
        if file is None:
            return
        self._session.remember_folder(file.parent, SHEETS)

        def done(path: Path) -> None:
            url = QUrl.fromLocalFile(str(path))
            self._messages.tell(
                self.tr("Saved as “{0}”.").format(path.name), self.tr("Open"), lambda: QDesktopServices.openUrl(url)
            )

        self._bridge.write(
            lambda bench: bench.control.write_sheet(instrument, month, file), done, owner=self,
            failed=self._messages.warn,
        )  # fmt: skip
