"""Asker: asks a DICOM modality worklist again and again, and when a person wants it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from leukoscope.cases.acting import acting
from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_lock import StoreLock
from leukoscope.domain.errors import CancelledError, ExchangeError, LeukoScopeError, SettingsError, StoreError
from leukoscope.domain.progress import CancelToken
from leukoscope.system.durable import make_private
from leukoscope.workflow.orders_in.inbox import Inbox
from leukoscope.workflow.orders_in.kept_message import ACTOR
from leukoscope.workflow.orders_in.orders_state import Asked
from leukoscope.workflow.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.worklist import ImportReport

logger = logging.getLogger(__name__)

DAYS = 1
"""What is scheduled today is asked for, and what is left of so many days before it."""
LONGEST_MINUTES = 1440
LOCK_FOLDER = "worklist"
"""In the folder of orders: whoever asks holds its lock."""
NO_ADDRESS = "Write the address of the worklist first, for example WORKLIST@ris.hospital:2762."
BUSY = "The worklist is being asked already; wait until it has answered."
_STORE = StoreError.__name__


def pause_of(settings: Settings) -> float:
    """Seconds between two questions; 0 where it is asked by hand only."""
    return 60.0 * min(LONGEST_MINUTES, max(0, settings.worklist_minutes)) if settings.worklist_node else 0.0


class Asker:
    """A thread that asks, once it is started. Thread-safe; one program of a user asks at a time.

    Parameters
    ----------
    folder
        Of the orders.
    store, inbox
        Where cases are begun; gives where it is kept what a person has to see.
    settings
        Gives what is set now.
    on_change
        Told after each question.
    """

    def __init__(
        self,
        folder: Path,
        store: CaseStore,
        inbox: Callable[[], Inbox],
        settings: Callable[[], Settings],
        on_change: Callable[[], None],
    ) -> None:
        self._folder, self._store, self._inbox = folder, store, inbox
        self._settings, self._on_change = settings, on_change
        self._closing, self._cancel = threading.Event(), CancelToken()
        self._under_way: set[CancelToken] = set()
        self._thread: threading.Thread | None = None
        self.asked = Asked()

    @property
    def is_asking(self) -> bool:
        """Whether it asks again and again."""
        return self._thread is not None

    def start(self) -> None:
        """Ask now, and again after each pause."""
        self._closing, self._cancel = threading.Event(), CancelToken()
        self._thread = threading.Thread(target=self._run, name="worklist-asker", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ask no longer by itself; a question of a person goes on."""
        thread, self._thread = self._thread, None
        self._closing.set()
        self._cancel.cancel()
        if thread is not None and thread.is_alive():
            thread.join(35)

    def cut_off(self) -> None:
        """End every question that is under way."""
        for cancel in tuple(self._under_way):
            cancel.cancel()

    def _run(self) -> None:
        closing, cancel = self._closing, self._cancel
        while not closing.is_set():
            try:
                with acting(ACTOR):
                    self.ask(cancel)
            except LeukoScopeError:
                logger.debug("the worklist will be asked again")
            except Exception:
                # One answer that nobody foresaw must not be the last one.
                logger.exception("the worklist was not asked")
            closing.wait(pause_of(self._settings()) or None)

    def ask(self, cancel: CancelToken) -> Asked:
        """Ask the worklist of the settings once.

        Returns
        -------
        Asked
            What came; entries that were not taken are kept for a person, each once.

        Raises
        ------
        SettingsError, ExchangeError
            When there is no address, it is being asked already, or the worklist does not answer to the end; nothing
            is changed then.
        CancelledError
            After a cancel before the answer was there.
        """
        settings = self._settings()
        if not settings.worklist_node:
            raise SettingsError(NO_ADDRESS)
        since = date.today() - timedelta(days=DAYS)
        self._under_way.add(cancel)
        try:
            report = self.fetch(settings.worklist_node, since, settings.worklist_modality, cancel)
            self._say(self._taken(report, _sender(settings.worklist_node)))
        except CancelledError:
            raise
        except LeukoScopeError as error:
            if error.message != BUSY:
                self._say(Asked(datetime.now(UTC), error.message), f"{type(error).__name__} {error.detail}")
            raise
        finally:
            self._under_way.discard(cancel)
        return self.asked

    def fetch(self, address: str, since: date, modality: str, cancel: CancelToken | None = None) -> ImportReport:
        """Ask any worklist; what was not taken stands in the report only. Errors as of :meth:`ask`."""
        from leukoscope.workflow.orders_in.lists import fetch

        with ExitStack() as held:
            make_private(self._folder / LOCK_FOLDER)
            lock = StoreLock(self._folder / LOCK_FOLDER)
            try:
                lock.alone()
            except StoreError as error:
                raise ExchangeError(BUSY, error.detail, again=True) from None
            held.callback(lock.let_go)
            return fetch(self._store, self._settings(), address, since, modality, cancel)

    def _taken(self, report: ImportReport, sender: str) -> Asked:
        from leukoscope.workflow.orders_in.lists import keep_remarks, without_kind

        # What the disk did not take is there the next time: no person has to do anything about an entry.
        failed = next((one.sentence for one in report.refused if one.kind == _STORE), "")
        keep_remarks(self._inbox(), sender, without_kind(report, _STORE))
        return Asked(
            datetime.now(UTC), failed, len(report.added), len(report.changed), len(report.present), len(report.refused)
        )

    def _say(self, asked: Asked, detail: str = "") -> None:
        if asked.trouble and asked.trouble != self.asked.trouble:
            # Once: it is asked again every few minutes.
            logger.warning("the worklist: %s (%s)", asked.trouble, detail)
        self.asked = asked
        self._on_change()


def _sender(address: str) -> str:
    from leukoscope.exchange.nodes import worklist_node

    return worklist_node(address).title
