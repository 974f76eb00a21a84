"""Everything the window asks for, in one place, without Qt. Listeners are called from worker threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukoscope.cases.unlocked import State, cipher_of, read_mark
from leukoscope.domain.audit import SENT
from leukoscope.domain.cases import Case, CaseCell, CaseFrame, CaseHeader, CaseSummary, Priority, Question
from leukoscope.domain.cells import Box, CellImage, View
from leukoscope.domain.errors import BundleError, SettingsError, SiteError, StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import Frame, FrameOrigin, Pixels
from leukoscope.domain.labels import PersonLabel
from leukoscope.domain.people import Presence, computer_user
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.domain.retention import Retention
from leukoscope.domain.waiting import Arrival, Scale, WaitingImage
from leukoscope.sources.files import decode_pasted, shown
from leukoscope.workflow import lines
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.backup import back_up_daily
from leukoscope.workflow.by_hand import draw_cell
from leukoscope.workflow.claims import Claims
from leukoscope.workflow.delivery.message import Channel, Message
from leukoscope.workflow.delivery.service import DeliveryService
from leukoscope.workflow.encryption_desk import EncryptionDesk
from leukoscope.workflow.erasing import CaseEraser
from leukoscope.workflow.events import (
    CaseChanged,
    CaseErased,
    CaseListChanged,
    CellAdded,
    EngineChanged,
    Event,
    Exported,
    ExportProgress,
    Failed,
    FrameAdded,
    Listener,
    OrdersProgress,
    OrdersTaken,
    OutboxChanged,
    Previewed,
    PutInOutbox,
)
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.export.formats import ExportFormat
from leukoscope.workflow.images import png_source
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.model_desk import ModelDesk
from leukoscope.workflow.opening import open_casebook
from leukoscope.workflow.operator_session import Desk
from leukoscope.workflow.permissions import Act, acts_of_settings
from leukoscope.workflow.queue import AnalysisQueue
from leukoscope.workflow.seal_desk import SealDesk
from leukoscope.workflow.settings import Settings, heal_settings, load_settings, save_settings, without_places
from leukoscope.workflow.stamp_desk import StampDesk
from leukoscope.workflow.trail_heads import export_head
from leukoscope.workflow.trail_stamps import Stamper
from leukoscope.workflow.views import tell_of_view

if TYPE_CHECKING:
    from leukoscope.inference.engine import EngineState
    from leukoscope.workflow.live_judgement import LiveField, LiveJudgement
    from leukoscope.workflow.model_registry import ModelShelf
    from leukoscope.workflow.panel import Panel

logger = logging.getLogger(__name__)


class Workbench:
    """One running program: cases, queue, models and exports.

    Parameters
    ----------
    home
        The user's folders.
    listener
        Told what happens; called from worker threads, must return quickly.
    """

    def __init__(self, home: AppDirs, listener: Listener) -> None:
        self.home = home
        self._listener = listener
        self._healed = heal_settings(home.config)
        self._settings = load_settings(home.config)
        self._settings_lock = threading.RLock()
        self._casebook = open_casebook(home)
        self.desk = Desk(self._casebook.store, lambda: self._settings.present, self._keep_present)
        self.encryption = EncryptionDesk(home, self.desk)
        self._shelf_made: ModelShelf | None = None
        self._shelf_lock = threading.Lock()
        self._queue = AnalysisQueue(self._casebook, self._panel, self._tell)
        self._dispatch_made: DeliveryService | None = None
        self._jobs = Jobs(self._tell)
        self.model_desk = ModelDesk(
            lambda: self._shelf, self._jobs, self._tell, self._keep_models, self._queue.next_judge, self.desk
        )
        self._claims = Claims()
        self.seals = SealDesk(
            self._casebook, self.desk, self.model_desk.installed, lambda: self._settings, self._tell, self._claims
        )
        self._stamper = Stamper(self._casebook.store, lambda: self._settings, home.cases)
        self.stamps = StampDesk(
            self._casebook.store, lambda: self._settings, home.cases, self.change_settings, self.desk
        )
        self._eraser = CaseEraser(
            self._casebook,
            home,
            self.desk,
            self._claims,
            self._forget_messages,
            self._forget_paths,
        )

    # Life ------------------------------------------------------------------------------------------------------

    @property
    def _shelf(self) -> ModelShelf:
        """The models and the engine; made when first needed, so that the list of cases need not wait for them."""
        with self._shelf_lock:
            if self._shelf_made is None:
                from leukoscope.workflow.model_registry import ModelShelf

                self._shelf_made = ModelShelf(self.home, self._settings.models, self._engine_changed)
            return self._shelf_made

    @property
    def dispatch(self) -> DeliveryService:
        """The outbox and who empties it; opened when first needed.

        Raises
        ------
        ExchangeError
            When its folder cannot be opened.
        """
        with self._shelf_lock:
            if self._dispatch_made is None:
                self._dispatch_made = DeliveryService(
                    self.home.outbox,
                    lambda: cipher_of(self.home.cases),
                    lambda: self._settings,
                    lambda: self._tell(OutboxChanged()),
                    self.desk,
                    self._casebook.store.is_there,
                    self._told_sent,
                )
            return self._dispatch_made

    def _told_sent(self, message: Message) -> None:
        trail = self._casebook.store.trail
        trail.tell(SENT, case_id=message.case_id, subject=message.channel.value, who=computer_user())

    def start(self) -> None:
        """Start the engine and the outbox in the background; says so through events."""
        self._jobs.run("outbox", lambda _: self.dispatch)
        self._jobs.run("erase", lambda _: self._eraser.finish_all())
        self._jobs.run("backup", lambda _: self._back_up())
        if self._healed:
            self._tell(Failed("settings", self._healed))
        if self._casebook.store.database.said:
            self._tell(Failed("restore", self._casebook.store.database.said))
        if lines.unconfirmed(self._settings):
            self._tell(Failed("lines", lines.UNCONFIRMED))
        self._jobs.run("engine", lambda _: self._shelf.panel())
        self._queue.start()
        self._stamper.start()

    def _back_up(self) -> None:
        now = self._settings
        keep = Retention(now.backup_days, now.backup_weeks)
        try:
            back_up_daily(self._casebook.store, second=now.backup_folder, keep=keep)
        finally:
            if now.trail_head_file:
                export_head(self._casebook.store, Path(now.trail_head_file).expanduser(), told=False)

    def close(self) -> None:
        """Stop all work and end the engine. What is done is saved already; what waits goes on at the next start."""
        self._jobs.stop_all()
        self._stamper.close()
        self._queue.begin_to_close()
        with self._shelf_lock:
            shelf, dispatch = self._shelf_made, self._dispatch_made
        if dispatch is not None:
            dispatch.close()
        if shelf is not None:
            shelf.close()
        self._queue.close()
        self._jobs.wait()
        self._casebook.close()

    @property
    def settings(self) -> Settings:
        """What a person has set."""
        return self._settings

    def save_settings(self, **changes: Any) -> Settings:
        """Change settings by name and keep them. Who writes their name there says that it is them who works here."""
        operator = "" if self.desk.rules.accounts else str(changes.get("operator", "")).strip()

        def change(settings: Settings) -> Settings:
            person = settings.with_person(self.desk.present_today(operator)) if operator else {}
            return replace(settings, **{**person, **lines.offered(settings, changes)})

        return self.change_settings(change)

    def remember(self, **facts: str) -> Settings:
        """Keep what the window remembers about itself, by name; the rest of it stays."""
        return self.change_settings(lambda settings: replace(settings, window={**settings.window, **facts}))

    def change_settings(self, change: Callable[[Settings], Settings]) -> Settings:
        """Change settings and keep them: ``change`` gets them as they are, and nobody else changes them meanwhile.

        What cannot be written is in force until the program ends, and told as ``Failed("settings", sentence)``.

        Raises
        ------
        AccessError
            When who works here may not change one of them; nothing is changed then.
        """
        with self._settings_lock:
            changed = change(self._settings)
            for act in acts_of_settings(changed.differing(self._settings)):
                self.desk.require(act)
            try:
                # What is not on record is not done.
                lines.record(self._casebook.store, self._settings, changed)
            except StoreError as error:
                logger.warning("settings not changed: %s", error.detail)
                self._tell(Failed("settings", error.message))
                return self._settings
            self._settings = changed
            try:
                sealed = read_mark(self.home.cases).state is not State.OFF
                save_settings(without_places(changed) if sealed else changed, self.home.config)
            except (SettingsError, StoreError) as error:
                logger.warning("settings not saved: %s", error.detail)
                self._tell(Failed("settings", error.message))
            return self._settings

    # Cases -----------------------------------------------------------------------------------------------------

    def cases(self, search: str = "") -> tuple[CaseSummary, ...]:
        """Cases whose number, patient, specimen or notes contain ``search``; newest first."""
        self.desk.require(Act.SEE_LIST)
        return self._casebook.store.list(search)

    def new_case(self, header: CaseHeader | None = None) -> int:
        """Create a case; without a header it gets the next number."""
        with self.desk.doing(Act.NEW_CASE):
            case_id = self._casebook.new_case(header, self._operator)
        self._tell(CaseListChanged())
        return case_id

    def demo_case(self) -> int:
        """The demo case: drawn when it is not there, or not whole after an interrupted start.

        It is judged already where the models are those that the program was built with; else it goes into the queue.
        """
        from leukoscope.workflow.demo import demo_header

        header = demo_header()
        with self.desk.doing(Act.NEW_CASE):
            found = self._casebook.store.the_one(header.number)
            case_id = self.new_case(header) if found is None else found
            if not self._queue.waiting(case_id):
                self._fill_demo(case_id)
        return case_id

    def _fill_demo(self, case_id: int) -> None:
        from leukoscope.workflow.demo import demo_sources, judged_already

        there = {frame.source for frame in self._casebook.load(case_id).frames}
        images = demo_sources()
        missing = [one for one in images if one.name not in there]
        if not missing:
            return
        try:
            found = judged_already(images, self._shelf.bundles)
        except (BundleError, SiteError) as error:
            logger.info("demo: not judged already: %s", error.message)
            found = ()
        if found:
            for one, analysis in zip(images, found, strict=True):
                if one in missing:
                    self._tell(FrameAdded(case_id, self._casebook.add(case_id, one, analysis)))
            self._tell(CaseListChanged())
            return
        arrivals = [Arrival(one.name, one.data, one.origin, scale=Scale(one.um_per_px, True)) for one in missing]
        self._queue.accept(case_id, arrivals)

    def load_case(self, case_id: int) -> Case:
        """Read a whole case, without pixels."""
        self.desk.require(Act.SEE)
        return self._casebook.load(case_id)

    def open_number(self, number: str) -> int:
        """The case of this number, made where there is none: what a barcode scanner types, in any spelling.

        Raises
        ------
        StoreError
            When it is no number, several cases of an earlier version have it, or its case was taken off the list.
        """
        with self.desk.doing(Act.NEW_CASE):
            return self._casebook.open_number(number, self._operator, lambda: self._tell(CaseListChanged()))

    def find_cases(self, question: Question, limit: int, offset: int = 0) -> tuple[CaseSummary, ...]:
        """A part of the list of cases, filtered and in the order asked for."""
        self.desk.require(Act.SEE_LIST)
        return self._casebook.store.list(question.search, limit, offset, question)

    def set_priority(self, case_id: int, priority: Priority) -> None:
        """Say how soon a case is wanted."""
        with self.desk.doing(Act.PRIORITY):
            self._casebook.store.set_priority(case_id, priority)
        self._tell(CaseListChanged())

    def import_orders(self, path: Path) -> None:
        """Take the orders of a list (CSV, HL7) in the background: OrdersProgress, then OrdersTaken, or Failed."""
        from leukoscope.workflow.worklist import import_orders

        def run(cancel: CancelToken) -> None:
            report = import_orders(self._casebook.store, path, lambda now: self._tell(OrdersProgress(now)), cancel)
            self._tell(CaseListChanged())
            self._tell(OrdersTaken(report))

        with self.desk.doing(Act.IMPORT_ORDERS):
            self._jobs.run("orders", self.desk.bound(run))

    def _case_moved(self, case_id: int) -> None:
        self._tell(CaseChanged(case_id))
        self._tell(CaseListChanged())

    def update_header(self, case_id: int, header: CaseHeader, base: CaseHeader | None = None) -> None:
        """Save what the lab wrote on top of a case; ``base`` is what stood there before the person typed.

        Raises
        ------
        NumberTakenError
            When another case has the number, in this or another spelling; nothing is changed.
        """
        try:
            with self.desk.doing(Act.HEADER):
                self._casebook.store.update_header(case_id, header, base)
        finally:
            # After a refusal too: forms must show again what is kept.
            self._tell(CaseListChanged())

    def frame(self, frame: CaseFrame) -> Frame:
        """Decoded pixels of an image of a case."""
        self.desk.look(Act.SEE)
        return self._casebook.frame(frame)

    def cell_image(self, frame: CaseFrame, cell: CaseCell) -> CellImage:
        """A cell as the models saw it."""
        self.desk.look(Act.SEE)
        return self._casebook.cell_image(frame, cell)

    def remove_frame(self, case_id: int, frame_id: int) -> None:
        """Take an image out of a case; ``restore_frame`` brings it back."""
        with self.desk.doing(Act.IMAGES):
            self._casebook.store.remove_frame(frame_id)
        self._tell(CaseChanged(case_id))

    def restore_frame(self, case_id: int, frame_id: int) -> None:
        """Bring a removed image back."""
        with self.desk.doing(Act.IMAGES):
            self._casebook.store.restore_frame(frame_id)
        self._tell(CaseChanged(case_id))

    def remove_case(self, case_id: int) -> None:
        """Put a case away, off the list; ``restore_case`` brings it back."""

        def take_back(_: CancelToken) -> None:
            self.dispatch.take_back(case_id)

        with self.desk.doing(Act.PUT_AWAY):
            self._casebook.store.remove_case(case_id)
            self._jobs.run("outbox", self.desk.bound(take_back))
        self._tell(CaseListChanged())

    def restore_case(self, case_id: int) -> None:
        """Bring a case back that was put away."""
        with self.desk.doing(Act.PUT_AWAY):
            self._casebook.store.restore_case(case_id)
        self._tell(CaseListChanged())

    def holding_backups(self, case_id: int) -> tuple[str, ...]:
        """Copies that would still hold a case after it is erased, by name."""
        self.desk.require(Act.SEE)
        return self._eraser.backups(case_id)

    def hold(self, case_id: int) -> None:
        """Say which case is open here, 0 for none: at other workstations nobody erases it meanwhile.

        The audit trail tells of it where somebody looks who has not worked on the case.
        """
        self._casebook.store.holding.hold(case_id)
        if case_id:
            tell_of_view(self._casebook.store, case_id, self.desk.name)

    def erase_case(self, case_id: int, reason: str) -> None:
        """Erase a case for good; its rows are gone when this returns, all else goes in the background: CaseErased.

        Raises
        ------
        AccessError
            When an administrator must do it, or nobody has said their name.
        StoreError
            Without a fitting reason, while the case is in use here, or open at another workstation.
        """
        begun = self._eraser.begin(case_id, reason)
        self._tell(CaseListChanged())

        def run(_: CancelToken) -> None:
            self._eraser.finish(begun.left)
            self._tell(CaseErased(case_id, begun.backups, self._casebook.store.database.is_shared))

        self._jobs.run("erase", run)

    def _forget_messages(self, case_id: int, texts: Collection[bytes]) -> None:
        self.dispatch.erase(case_id, texts)

    def _forget_paths(self, texts: tuple[str, ...], case_id: int) -> None:
        """Forget remembered folders that tell of an erased case, and that it was open."""
        parts = {part for text in texts for part in (text, str(Path(text).parent)) if len(part) > 1}

        def tells(name: str, value: str) -> bool:
            if name in {"geometry", "columns"}:
                return False
            return (name, value) == ("case", str(case_id)) or any(part in value for part in parts)

        def change(settings: Settings) -> Settings:
            kept = {name: value for name, value in settings.window.items() if not tells(name, value)}
            return replace(settings, window=kept)

        self.change_settings(change)

    def decide(
        self,
        cell_id: int,
        label: PersonLabel | Label | None,
        seen: tuple[PersonLabel | Label | None] | None = None,
    ) -> None:
        """Keep a person's label, a class or a bare verdict, on a cell beside the program's; ``None`` takes it back.

        ``seen`` holds the person's label that was shown when this one was chosen.
        """
        with self.desk.doing(Act.LABEL) as by:
            self._casebook.store.decide(cell_id, label, by, seen)

    def draw_cell(self, case_id: int, frame: CaseFrame, drawn: Box) -> None:
        """Find and judge the cell in a box that a person drew, in the background: CellAdded, Failed or Stopped.

        ``frame`` holds the image's cells as the person sees them.
        """
        with self.desk.doing(Act.CELLS) as by:

            def run(cancel: CancelToken) -> None:
                with self._claims.using(case_id):
                    made = draw_cell(self._casebook, self._panel(), frame, drawn, by, cancel)
                if made.new:
                    self._tell(CellAdded(case_id, made.cell))
                else:
                    self._tell(CaseChanged(case_id))

            self._jobs.run("cell", self.desk.bound(run))

    def remove_cell(self, cell_id: int) -> None:
        """Take a cell out that is none; it stays in the record, and ``restore_cell`` brings it back."""
        with self.desk.doing(Act.CELLS) as by:
            self._casebook.store.by_hand.remove(cell_id, by)

    def restore_cell(self, cell_id: int) -> None:
        """Let a cell that was taken out count again."""
        with self.desk.doing(Act.CELLS) as by:
            self._casebook.store.by_hand.restore(cell_id, by)

    # Work ------------------------------------------------------------------------------------------------------

    def add_paths(self, case_id: int, paths: Sequence[Path], view: View = View.AUTO) -> None:
        """Take files and folders into a case: when it returns, they are noted, and are read in the background.

        Raises
        ------
        StoreError
            When the case is signed or gone, or the disk is full.
        """
        scale = Scale(self._settings.um_per_px)
        places = [shown(path.absolute()) for path in dict.fromkeys(paths)]
        with self.desk.doing(Act.ADD_IMAGES):
            self._queue.accept(case_id, [Arrival(one, view=view, scale=scale, is_place=True) for one in places])

    def add_pixels(
        self,
        case_id: int,
        pixels: Pixels,
        origin: FrameOrigin,
        view: View = View.AUTO,
        *,
        um_per_px: float | None = None,
    ) -> None:
        """Take an image that is no file (pasted, or from a camera) into a case: when it returns, it is kept.

        Raises
        ------
        ImageError
            When there is no memory for it.
        StoreError
            When the case is signed or gone, or the disk is full.
        """
        scale = Scale(self._settings.um_per_px) if um_per_px is None else Scale(um_per_px, True)
        with self.desk.doing(Act.ADD_IMAGES):
            made = png_source(pixels, origin)
            self._queue.accept(case_id, [Arrival(made.name, made.data, origin, view, scale)])

    def add_pasted(self, case_id: int, data: bytes, origin: FrameOrigin) -> None:
        """Take an image that was pasted as the bytes of a file into a case, as :meth:`add_pixels`.

        Raises
        ------
        ImageError
            When it is none, is damaged or too large; nothing is taken then.
        StoreError
            When the case is signed or gone, or the disk is full.
        """
        self.desk.require(Act.ADD_IMAGES)
        self.add_pixels(case_id, decode_pasted(data, origin.name), origin)

    def live_judgement(self, on_field: Callable[[LiveField], None], on_trouble: Callable[[str], None]) -> LiveJudgement:
        """Begin to judge live images as images that are kept are judged; the caller closes it. May wait."""
        from leukoscope.workflow.live_judgement import LiveJudgement

        with self.desk.doing(Act.CAPTURE):
            return LiveJudgement(self._panel(), None, on_field, on_trouble)

    def set_scale(self, case_id: int, frame_ids: Sequence[int], um_per_px: float) -> None:
        """Judge images of a case again at another scale; each then takes its former's place.

        What people decided on a cell is carried over. ``take_scale_back`` undoes it.

        Raises
        ------
        StoreError
            When the case is signed or gone.
        """
        frames = self._casebook.load(case_id).frames
        other = [one.id for one in frames if one.id in frame_ids and one.width and one.um_per_px != um_per_px]
        with self.desk.doing(Act.JUDGE_AGAIN):
            self._queue.again(case_id, other, um_per_px)

    def take_scale_back(self, case_id: int, formers: Sequence[CaseFrame], um_per_px: float) -> None:  # noqa: ARG002
        """Bring images back as they were before ``set_scale``; raises StoreError when the case is signed."""
        self.take_again_back(case_id, [former.id for former in formers])

    def judge_again(self, case_id: int, frame_ids: Sequence[int] | None = None) -> int:
        """Judge images of a case again with the models of now, also those that failed; without ids all of them.

        Each takes its former's place; what people decided on a cell is carried over.

        Returns
        -------
        int
            How many images.

        Raises
        ------
        StoreError
            When the case is signed or gone.
        """
        if frame_ids is None:
            frame_ids = [one.id for one in self._casebook.load(case_id).frames]
        with self.desk.doing(Act.JUDGE_AGAIN):
            return self._queue.again(case_id, frame_ids)

    def take_again_back(self, case_id: int, former_ids: Sequence[int]) -> None:
        """Bring images back as they were before they were judged again; raises StoreError when the case is signed."""
        with self.desk.doing(Act.JUDGE_AGAIN):
            self._queue.put_back(case_id, former_ids)
        self._tell(CaseChanged(case_id))

    def waiting(self, case_id: int) -> tuple[WaitingImage, ...]:
        """Images of a case that were accepted and are not judged yet, in order."""
        self.desk.look(Act.SEE)
        return self._queue.waiting(case_id)

    @property
    def trouble(self) -> str:
        """Why waiting images are not judged now; empty when all goes well."""
        return self._queue.trouble

    def resume(self, case_id: int) -> int:
        """Go on with the stopped images of a case; says how many there are."""
        with self.desk.doing(Act.QUEUE):
            return self._queue.resume(case_id)

    def take_twice(self, case_id: int, image_ids: Sequence[int]) -> int:
        """Judge images of a case that were kept aside as copies of others (``CopyLeftOut``); raises StoreError."""
        with self.desk.doing(Act.ADD_IMAGES):
            return self._queue.take_twice(case_id, image_ids)

    def remove_waiting(self, case_id: int, image_ids: Sequence[int]) -> int:
        """Take waiting images out of a case; ``restore_waiting`` brings them back. Raises StoreError."""
        with self.desk.doing(Act.IMAGES):
            return self._queue.set_removed(case_id, image_ids, True)

    def restore_waiting(self, case_id: int, image_ids: Sequence[int]) -> int:
        """Bring waiting images back, stopped; raises StoreError."""
        with self.desk.doing(Act.IMAGES):
            return self._queue.set_removed(case_id, image_ids, False)

    def cancel(self) -> None:
        """Stop the queue; what is done stays, and so does what waits, stopped."""
        with self.desk.doing(Act.QUEUE):
            self._queue.stop()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until the queue is empty; false when the time ran out."""
        return self._queue.wait_idle(timeout)

    # Out -------------------------------------------------------------------------------------------------------

    def export(self, case_id: int, kind: ExportFormat, path: Path) -> None:
        """Write a case as a file in the background: ExportProgress, then Exported, Failed or Stopped."""

        def run(cancel: CancelToken) -> None:
            self.desk.require(Act.EXPORT)
            with self._claims.using(case_id):
                self._export().write(case_id, kind, path, self._exporting, cancel)
            self._tell(Exported(path))

        with self.desk.doing(Act.EXPORT):
            self._jobs.run("export", self.desk.bound(run))

    def preview(self, case_id: int) -> None:
        """Lay a report out in memory, in the background: ExportProgress, then Previewed, Failed or Stopped."""

        def run(cancel: CancelToken) -> None:
            with self._claims.using(case_id):
                self._tell(Previewed(case_id, self._export().preview(case_id, self._exporting, cancel)))

        with self.desk.doing(Act.EXPORT):
            self._jobs.run("export", self.desk.bound(run))

    def export_deidentified(self, case_id: int, path: Path) -> None:
        """Write a case without who it is, in the background: ExportProgress, then Exported, Failed or Stopped."""
        from leukoscope.workflow.export.deidentified import new_veil, write_deidentified

        def run(cancel: CancelToken) -> None:
            self.desk.require(Act.EXPORT)
            with self._claims.using(case_id):
                write_deidentified(self._export(), case_id, path, new_veil(), self._exporting, cancel)
            self._tell(Exported(path))

        with self.desk.doing(Act.EXPORT):
            self._jobs.run("export", self.desk.bound(run))

    def send(self, case_id: int, channel: Channel) -> None:
        """Put a case into the outbox in the background: ExportProgress, then PutInOutbox, Failed or Stopped."""

        def run(cancel: CancelToken) -> None:
            with self._claims.using(case_id):
                self.dispatch.send(self._export(), case_id, channel, self._exporting, cancel)
            self._tell(PutInOutbox(channel))

        with self.desk.doing(Act.SEND):
            self._jobs.run("export", self.desk.bound(run))

    def _export(self) -> CaseExport:
        return CaseExport(self._casebook, self.model_desk.installed(), self._settings)

    def _exporting(self, progress: Progress) -> None:
        self._tell(ExportProgress(progress))

    def stop(self, what: str) -> None:
        """Stop an ``export``, ``import``, ``cell`` or ``orders`` under way."""
        self._jobs.stop(what)

    # Behind the scenes -----------------------------------------------------------------------------------------

    def _tell(self, event: Event) -> None:
        self._listener(event)

    @property
    def _operator(self) -> str:
        return self.desk.name or self._settings.operator

    def _keep_present(self, present: Presence) -> None:
        self.change_settings(lambda settings: replace(settings, **settings.with_person(present)))

    def _keep_models(self, names: tuple[str, ...]) -> None:
        self.save_settings(models=names)

    def _panel(self) -> Panel:
        return self._shelf.panel()

    def _engine_changed(self, state: EngineState) -> None:
        self._tell(EngineChanged(state))
