"""One running program without Qt: its services, made once and connected. Listeners are called from worker threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cases.calls import Call
from leukoscope.cases.unlocked_keys import cipher_of
from leukoscope.domain.audit import ARCHIVED, SENT
from leukoscope.domain.people import Presence, computer_user
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.retention import Retention
from leukoscope.workflow import lines
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.capture_service import CaptureService
from leukoscope.workflow.case_service import CaseService
from leukoscope.workflow.claims import Claims
from leukoscope.workflow.control_service import ControlService
from leukoscope.workflow.delivery.message import Message
from leukoscope.workflow.delivery.service import DeliveryService
from leukoscope.workflow.directory_watch import DirectoryWatch
from leukoscope.workflow.encryption_switch import EncryptionSwitch
from leukoscope.workflow.erasing import CaseEraser
from leukoscope.workflow.events import (
    CaseListChanged,
    EngineChanged,
    Event,
    Failed,
    Listener,
    OutboxChanged,
    SpeakingChanged,
)
from leukoscope.workflow.export_service import ExportService
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.judging_service import JudgingService
from leukoscope.workflow.maintenance import MaintenanceService, model_library
from leukoscope.workflow.model_registry import ModelRegistry
from leukoscope.workflow.mosaics import MosaicService
from leukoscope.workflow.opening import keys_of, open_repository
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.order_events import OrdersInChanged
from leukoscope.workflow.orders_in.service import OrdersIn
from leukoscope.workflow.own_model.history import ModelHistory
from leukoscope.workflow.queue import AnalysisQueue
from leukoscope.workflow.reread_service import RereadService
from leukoscope.workflow.seats import Seat, Seats
from leukoscope.workflow.settings import Settings, heal_settings
from leukoscope.workflow.settings_service import SettingsService
from leukoscope.workflow.signing import CaseSigning
from leukoscope.workflow.similar.service import SimilarService
from leukoscope.workflow.slide_service import SlideService
from leukoscope.workflow.stamp_service import StampService
from leukoscope.workflow.teaching_service import TeachingService
from leukoscope.workflow.trail_heads import export_head
from leukoscope.workflow.trail_stamps import Stamper

if TYPE_CHECKING:
    from leukoscope.inference.engine import EngineState
    from leukoscope.inference.library import InstalledBundle
    from leukoscope.workflow.model_panel import ModelPanel
    from leukoscope.workflow.model_runtime import ModelRuntime

logger = logging.getLogger(__name__)


class Workbench:
    """One running program. A caller takes the service that it needs.

    Parameters
    ----------
    home
        The user's folders.
    listener
        Told what happens; called from worker threads, must return quickly.
    in_turn
        Judge an image of each person in turn: several send theirs at the same time.

    Attributes
    ----------
    settings
        What a person has set.
    operator
        Who works here, and what they may do.
    cases
        Cases, their headers and images.
    capture
        Images on their way into a case.
    slides
        Whole slides, and regions of them on their way into a case.
    judging
        What people say of cells, and what models judge.
    exports
        Cases on their way out.
    signing
        Review, signature, amendment, and the audit trail.
    models, versions
        Installed models and those that judge; what each has judged, and how two do on the same cells.
    encryption
        Encryption of what is kept.
    stamps
        The timestamp authority.
    maintenance
        Trying lines, backups and checks by hand.
    control
        Control runs of microscope and stain.
    rereads
        Blinded re-reads, and how far people agree.
    site
        Site profiles: taught, proven, and which one speaks.
    similar
        Decided cells that look like another one, and examples.
    orders
        Orders that come by themselves.
    """

    def __init__(self, home: AppDirs, listener: Listener, *, in_turn: bool = False) -> None:
        self.home = home
        self._listener = listener
        self._started = False
        self._engine: EngineState | None = None
        self._healed = heal_settings(home.config)
        self._repository = open_repository(home)
        self.settings = SettingsService(home, self._repository, self._tell)
        self.operator = operator = self.settings.operator
        self._directory_watch = DirectoryWatch(self._repository.store, operator)
        self.encryption = EncryptionSwitch(home, operator)
        self._runtime_made: ModelRuntime | None = None
        self._delivery_made: DeliveryService | None = None
        self._making = threading.Lock()
        self._claims, self._jobs = Claims(), Jobs(self._tell)
        self._queue = AnalysisQueue(
            self._repository, self._panel, self._tell, lambda: self.settings.current.stacks == "joined",
            in_turn=in_turn,
        )  # fmt: skip
        self.models = ModelRegistry(
            lambda: self._runtime,
            self._jobs,
            self._tell,
            self._keep_models,
            self._queue.next_judge,
            operator,
            self._repository.store,
        )
        self.versions = ModelHistory(
            home, self._repository, operator, lambda: self._runtime.library, self._jobs, self._tell
        )
        self._stamper = Stamper(self._repository.store, self._set, home.cases)
        self.stamps = StampService(self._repository.store, self._set, home.cases, self.settings.change, operator)
        self.control = ControlService(self._repository.store, operator, self.settings.followed, self._jobs, self._tell)
        self.maintenance = MaintenanceService(home, self._repository.store, self._set, operator)
        self.rereads = RereadService(self._repository, operator)
        self._eraser = self._eraser_of(operator)
        self._make_services()
        self.orders = OrdersIn(home, self._repository.store, operator, self._set, self._orders_changed)

    def _make_services(self) -> None:
        repository, operator, tell = self._repository, self.operator, self._tell
        own = self._seat_of(operator, self._eraser)
        self.cases, self.capture, self.judging, self.signing = own.cases, own.capture, own.judging, own.signing
        self.exports = own.exports
        self.slides = SlideService(repository, operator, self._set, self._queue, self._claims, self._jobs, tell)
        self.site = TeachingService(
            self.home, repository, operator, lambda: keys_of(self.home), lambda: self._runtime, self._jobs, tell,
            self._queue.next_judge,
        )  # fmt: skip
        self.mosaics = MosaicService(repository, operator)
        self.similar = SimilarService(repository, operator, self._panel, self._jobs, tell)

    def _eraser_of(self, operator: OperatorSession) -> CaseEraser:
        forget = self._forget_messages, self.settings.forget_paths
        return CaseEraser(self._repository, self.home, operator, self._claims, *forget)

    def _seat_of(self, operator: OperatorSession, eraser: CaseEraser) -> Seat:
        repository, tell, models = self._repository, self._tell, self.models.installed
        queue, claims, jobs = self._queue, self._claims, self._jobs
        delivery = lambda: self.delivery  # noqa: E731
        return Seat(
            operator,
            CaseService(repository, operator, self._set, queue, self._bundles, eraser, delivery, jobs, tell),
            CaptureService(operator, self._set, queue, self._panel),
            JudgingService(repository, operator, queue, self._panel, claims, jobs, tell),
            CaseSigning(repository, operator, models, self._set, tell, claims),
            ExportService(repository, operator, self._set, models, delivery, claims, jobs, tell),
        )

    def seats(self) -> Seats:
        """Places for people who call over a line, on the same cases, queue and engine as this one."""

        def made() -> Seat:
            operator = OperatorSession(self._repository.store, Presence, lambda _: None)
            # What nobody asked for is still told of who sits here.
            self._repository.store.trail.ask_actor(lambda: self.operator.name)
            return self._seat_of(operator, self._eraser_of(operator))

        return self._directory_watch.add(Seats(made, self._repository.store))

    # Made when first needed ------------------------------------------------------------------------------------

    @property
    def _runtime(self) -> ModelRuntime:
        """The models and the engine; the list of cases need not wait for them."""
        with self._making:
            if self._runtime_made is None:
                from leukoscope.workflow.model_runtime import ModelRuntime

                self._runtime_made = ModelRuntime(self.home, self._set().models, self._engine_changed, self._speaks)
            return self._runtime_made

    @property
    def delivery(self) -> DeliveryService:
        """The outbox and who empties it.

        Raises
        ------
        ExchangeError
            When its folder cannot be opened.
        """
        with self._making:
            if self._delivery_made is None:
                self._delivery_made = DeliveryService(
                    self.home.outbox,
                    lambda: cipher_of(self.home.cases),
                    self._set,
                    lambda: self._tell(OutboxChanged()),
                    self.operator,
                    self._repository.store.is_there,
                    self._told_sent,
                )
            return self._delivery_made

    # Life ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine and the outbox in the background, once; says so through events.

        Asked again by another window, it tells how the engine stands.
        """
        if self._started:
            if self._engine is not None:
                self._tell(EngineChanged(self._engine))
            return
        self._started = True
        self._jobs.run("outbox", lambda _: self.delivery)
        self._jobs.run("erase", lambda _: self._eraser.finish_all())
        self._jobs.run("backup", lambda _: self._back_up())
        if self._healed:
            self._tell(Failed("settings", self._healed))
        if self._repository.store.database.said:
            self._tell(Failed("restore", self._repository.store.database.said))
        if lines.unconfirmed(self._set()):
            self._tell(Failed("lines", lines.UNCONFIRMED))
        self._jobs.run("orders-in", lambda _: self.orders.start())
        self._jobs.run("engine", lambda _: self._panel())
        self._queue.start()
        self._stamper.start()
        self._directory_watch.start()

    def _back_up(self) -> None:
        from leukoscope.workflow.backup import back_up_daily

        now = self._set()
        keep = Retention(now.backup_days, now.backup_weeks)
        try:
            library = model_library(self.home)
            back_up_daily(self._repository.store, second=now.backup_folder, keep=keep, library=library)
        finally:
            if now.trail_head_file:
                export_head(self._repository.store, Path(now.trail_head_file).expanduser(), told=False)

    def tell_calls(self, calls: Sequence[Call]) -> None:
        """Put calls that came over a line into the audit trail."""
        self._repository.store.calls.tell(calls)

    def listen(self, listener: Listener) -> None:
        """Tell another listener from now on: the window was built anew."""
        self._listener = listener

    def stop(self, what: str) -> None:
        """Stop an ``export``, ``import``, ``cell``, ``orders``, ``site`` or ``control`` under way."""
        self._jobs.stop(what)

    def close(self) -> None:
        """Stop all work and end the engine. What is done is saved already; what waits goes on at the next start."""
        self._jobs.stop_all()
        self._stamper.close()
        self._directory_watch.close()
        self.orders.close()
        self._queue.begin_to_close()
        with self._making:
            runtime, delivery = self._runtime_made, self._delivery_made
        if delivery is not None:
            delivery.close()
        if runtime is not None:
            runtime.close()
        self._queue.close()
        self._jobs.wait()
        self._repository.close()

    # Behind the scenes -----------------------------------------------------------------------------------------

    def _tell(self, event: Event) -> None:
        self._listener(event)

    def _orders_changed(self) -> None:
        self._tell(OrdersInChanged())
        self._tell(CaseListChanged())

    def _told_sent(self, message: Message) -> None:
        trail = self._repository.store.trail
        what = ARCHIVED if message.is_kept else SENT
        trail.tell(what, case_id=message.case_id, subject=message.channel.value, who=computer_user())

    def _forget_messages(self, case_id: int, texts: Collection[bytes]) -> None:
        self.delivery.erase(case_id, texts)
        self.orders.erase(texts)

    def _set(self) -> Settings:
        return self.settings.current

    def _keep_models(self, names: tuple[str, ...]) -> None:
        self.settings.save(models=names)

    def _bundles(self) -> tuple[InstalledBundle, ...]:
        return self._runtime.bundles

    def _panel(self) -> ModelPanel:
        self.site.bring()
        return self._runtime.panel()

    def _speaks(self, title: str, former: ModelPanel | None) -> None:
        """Another site profile, or a first one, speaks; the engine of before is ended when nobody needs it any more."""
        self._tell(SpeakingChanged(title))
        if former is None:
            return

        def end(cancel: CancelToken) -> None:
            self._queue.next_judge()
            former.close_when_idle(cancel)

        self._jobs.run("engine-end", end)

    def _engine_changed(self, state: EngineState) -> None:
        self._engine = state
        self._tell(EngineChanged(state))
