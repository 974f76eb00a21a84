"""OrdersIn: orders that come by themselves, over a line or through a folder, and what a person does about them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date
from pathlib import Path

from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_lock import StoreLock
from leukoscope.cases.unlocked_keys import cipher_of
from leukoscope.domain.cases import Priority
from leukoscope.domain.errors import ExchangeError, LeukoScopeError, SettingsError, StoreError
from leukoscope.domain.people import computer_user
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.orders_in.asker import Asker, pause_of
from leukoscope.workflow.orders_in.inbox import FOLDER, Inbox
from leukoscope.workflow.orders_in.kept_message import Counts, KeptMessage
from leukoscope.workflow.orders_in.orders_state import Asked, OrdersState
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    # The libraries behind take time to load: only who listens pays.
    from leukoscope.exchange.mllp_server import MllpServer
    from leukoscope.workflow.orders_in.folder import Outcome, WatchedFolder
    from leukoscope.workflow.orders_in.receiver import Receiver
    from leukoscope.workflow.orders_in.worker import Worker
    from leukoscope.workflow.worklist import ImportReport

logger = logging.getLogger(__name__)

SETTLED = "message settled"
"""What the audit trail says when a person has seen to a message."""
LISTENING = "listening for orders"
"""What it says when that begins: where, and whether the line is encrypted."""
ELSEWHERE = "Another program of this user takes the orders in; close it, or leave it to that one."
NO_ORDER = "No order can be read from this message; begin the case by hand, then dismiss the message."
NO_REASON = "Write why nothing more is to be done about this message."
GONE = "Somebody has seen to this message already."


class OrdersIn:
    """Orders that come by themselves. Thread-safe.

    Parameters
    ----------
    home, store
        The user's folders, and the cases.
    operator
        Who works here, and what they may do.
    settings
        Gives what is set now.
    on_change
        Told when messages came or were carried out; from any thread.
    """

    def __init__(
        self,
        home: AppDirs,
        store: CaseStore,
        operator: OperatorSession,
        settings: Callable[[], Settings],
        on_change: Callable[[], None],
    ) -> None:
        self._home, self._store, self._operator = home, store, operator
        self._settings, self._on_change = settings, on_change
        self._lock, self._making = threading.RLock(), threading.Lock()
        self._inbox_made: Inbox | None = None
        self._alone: StoreLock | None = None
        self._receiver: Receiver | None = None
        self._worker: Worker | None = None
        self._server: MllpServer | None = None
        self._watched: WatchedFolder | None = None
        self._trouble = ""
        self._asker = Asker(home.cases / FOLDER, store, lambda: self._inbox, settings, on_change)

    @property
    def _inbox(self) -> Inbox:
        # A lock of its own: whoever keeps something may be waited for under the other one.
        with self._making:
            if self._inbox_made is None:
                self._inbox_made = Inbox(self._home.cases / FOLDER, cipher_of(self._home.cases))
            return self._inbox_made

    @property
    def _is_there(self) -> bool:
        """Whether any message was ever kept here."""
        return self._inbox_made is not None or (self._home.cases / FOLDER).exists()

    # Listening -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen and watch as the settings say, anew where they have changed.

        Raises
        ------
        SettingsError
            When nothing can listen there, a certificate cannot be read, or the folder is none.
        StoreError
            When what comes cannot be kept, or another program takes the orders in.
        """
        with self._lock:
            self.stop()
            wanted = self._settings()
            if not wanted.orders_node and not wanted.orders_folder and not pause_of(wanted):
                self._on_change()
                return
            try:
                self._begin(wanted)
            except LeukoScopeError as error:
                self.stop()
                self._trouble = error.message
                self._on_change()
                raise
        self._on_change()

    def _begin(self, wanted: Settings) -> None:
        from leukoscope.workflow.orders_in.receiver import Receiver
        from leukoscope.workflow.orders_in.worker import Worker

        inbox = self._inbox
        self._alone = StoreLock(self._home.cases / FOLDER)
        try:
            self._alone.alone()
        except StoreError as error:
            self._alone = None
            raise StoreError(ELSEWHERE, error.detail) from None
        inbox.tidy()
        self._worker = worker = Worker(inbox, self._store, self._on_change)

        def kept() -> None:
            worker.wake()
            self._on_change()

        self._receiver = receiver = Receiver(inbox, kept)
        worker.start()
        receiver.start()
        if wanted.orders_node:
            self._listen(wanted, receiver)
        if wanted.orders_folder:
            self._watch(Path(wanted.orders_folder).expanduser(), receiver)
        if pause_of(wanted):
            self._asker.start()

    def _listen(self, wanted: Settings, receiver: Receiver) -> None:
        from leukoscope.exchange.mllp_server import MllpServer
        from leukoscope.exchange.nodes import listening_node
        from leukoscope.exchange.tls import server_context

        node = listening_node(wanted.orders_node)
        if node.encrypted and not wanted.orders_own:
            raise SettingsError("Choose the PEM file with this computer’s certificate and key, or listen in the clear.")
        tls = server_context(wanted.orders_own, wanted.orders_clients) if node.encrypted else None
        server = MllpServer(node.host, node.port, receiver.answer, tls)
        server.start()
        self._server = server
        line = "encrypted" if node.encrypted else "plain"
        self._store.trail.tell(LISTENING, subject="orders_node", new=f"{line} {server.address}", who=computer_user())

    def _watch(self, folder: Path, receiver: Receiver) -> None:
        from leukoscope.workflow.orders_in.folder import WatchedFolder

        if not folder.is_dir():
            raise SettingsError("The folder of orders is not there; make it, or choose another in the settings.")
        self._watched = WatchedFolder(folder, receiver, self._take_table)
        self._watched.start()
        self._store.trail.tell(LISTENING, subject="orders_folder", new=str(folder), who=computer_user())

    def stop(self) -> None:
        """Listen and watch no longer; what is kept is carried out the next time."""
        with self._lock:
            # Those who bring messages first, who carries them out last.
            for one in (self._asker, self._server, self._watched, self._receiver, self._worker):
                if one is not None:
                    one.close()
            self._server = self._watched = self._receiver = self._worker = None
            self._trouble = ""
            if self._alone is not None:
                self._alone.let_go()
                self._alone = None

    def close(self) -> None:
        """As :meth:`stop`, and let go of the file; a question of a person is cut off too."""
        with self._lock:
            self._asker.cut_off()
            self.stop()
            if self._inbox_made is not None:
                self._inbox_made.close()
                self._inbox_made = None

    def state(self) -> OrdersState:
        """How it stands; raises StoreError."""
        self._operator.require(Act.SEE_OUTBOX)
        with self._lock:
            counts = self._inbox.counts() if self._is_there else Counts()
            server, watched, wanted = self._server, self._watched, self._settings()
            parts = (self._worker, watched, self._inbox_made)
            troubles = [self._trouble, *(one.trouble for one in parts if one is not None)]
            shown = OrdersState(trouble=next(filter(None, troubles), ""), counts=counts)
            shown = replace(shown, asking=self._asker.is_asking, asked=self._asker.asked)
            if watched is not None:
                shown = replace(shown, folder=wanted.orders_folder)
            if server is None:
                return shown
            return replace(shown, listening=server.address, encrypted=server.is_encrypted)

    # What a person does ----------------------------------------------------------------------------------------

    def messages(self) -> tuple[KeptMessage, ...]:
        """Messages that were refused or need a person, the newest first."""
        self._operator.require(Act.SEE_OUTBOX)
        return self._inbox.listed() if self._is_there else ()

    def dismiss(self, message_id: int, reason: str) -> None:
        """A person has seen to a message; why nothing more is to be done stands in the audit trail.

        Raises
        ------
        AccessError
            When who asks may not.
        ExchangeError
            Without a reason, or when it is seen to already.
        """
        reason = " ".join(reason.split())
        if not reason:
            raise ExchangeError(NO_REASON)
        with self._operator.doing(Act.IMPORT_ORDERS):
            self._settle(message_id, reason)

    def dismiss_refused(self, reason: str) -> int:
        """As :meth:`dismiss`, for all that were refused; how many there were."""
        reason = " ".join(reason.split())
        if not reason:
            raise ExchangeError(NO_REASON)
        with self._operator.doing(Act.IMPORT_ORDERS):
            count = self._inbox.settle_refused() if self._is_there else 0
            if count:
                self._told_settled(f"{count} messages refused", reason)
        self._on_change()
        return count

    def begin_case(self, message_id: int, number: str) -> int:
        """Begin a case of its own with what a message says, under a number that a person gives, and settle it.

        Returns
        -------
        int
            The case.

        Raises
        ------
        AccessError
            When who asks may not.
        ExchangeError
            When no order can be read from the message.
        NumberTakenError
            When another case has the number.
        """
        from leukoscope.workflow.orders_in.carrying_out import readable_orders

        with self._operator.doing(Act.IMPORT_ORDERS):
            body = self._inbox.body(message_id)
            if not body:
                raise ExchangeError(GONE, f"message {message_id}")
            orders = readable_orders(body)
            if not orders:
                raise ExchangeError(NO_ORDER, f"message {message_id}")
            order = next((one for one in orders if one.header.number == number), orders[0])
            header = replace(order.header, number=number)
            begun = self._store.case_orders.begin(header, order.priority or Priority.ROUTINE, order.placer)
            self._settle(message_id, f"case {number} begun")
        return begun

    def proposed_number(self, message_id: int) -> str:
        """The number that the order of a message has; empty where none can be read."""
        from leukoscope.workflow.orders_in.carrying_out import readable_orders

        self._operator.require(Act.SEE_OUTBOX)
        orders = readable_orders(self._inbox.body(message_id))
        return orders[0].header.number if orders else ""

    def fetch(self, address: str, since: date, modality: str = "") -> ImportReport:
        """Ask a DICOM modality worklist what is scheduled from a day on, and begin the cases that are not here yet.

        Raises
        ------
        AccessError
            When who asks may not.
        SettingsError
            When the address is none.
        ExchangeError
            When the worklist does not answer to the end; nothing is changed then.
        """
        with self._operator.doing(Act.IMPORT_ORDERS):
            report = self._asker.fetch(address, since, modality)
        self._on_change()
        return report

    def ask_worklist(self, cancel: CancelToken | None = None) -> Asked:
        """Ask the worklist of the settings now.

        Raises
        ------
        AccessError
            When who asks may not.
        SettingsError, ExchangeError
            When there is no address, or the worklist does not answer to the end; nothing is changed then.
        CancelledError
            After a cancel before the answer was there.
        """
        with self._operator.doing(Act.IMPORT_ORDERS):
            return self._asker.ask(cancel or CancelToken())

    def erase(self, texts: Collection[bytes]) -> None:
        """Forget every message that holds one of these texts; raises StoreError."""
        if self._is_there:
            self._inbox.erase(texts)
            self._on_change()

    def _settle(self, message_id: int, reason: str) -> None:
        if not self._inbox.settle(message_id):
            raise ExchangeError(GONE, f"message {message_id}")
        self._told_settled(f"message {message_id}", reason)
        self._on_change()

    def _told_settled(self, subject: str, reason: str) -> None:
        with self._store.database.writing() as session:
            self._store.trail.record(session, SETTLED, subject=subject, reason=reason)

    def _take_table(self, path: Path) -> Outcome:
        from leukoscope.workflow.orders_in.lists import take_table

        outcome = take_table(self._store, self._inbox, path)
        self._on_change()
        return outcome
