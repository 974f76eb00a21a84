"""A DICOM archive with storage commitment on the loopback, in the ways in which archives differ.

dcmtk has none: ``storescp`` and ``dcmqrscp`` take objects, and offer no storage commitment.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.presentation import build_role
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]

TITLE, OURS = "ARCHIVE", "LEUKOSCOPE"
INSTANCE = "1.2.840.10008.1.20.1.1"


@dataclass
class Archive:
    """What an archive has got and does.

    Parameters
    ----------
    here
        Answers on the line of the question; else on one of its own, when a test says so.
    says_role
        Whether it says on a line of its own that it is the provider.
    silent
        Never answers.
    refused
        Status of the answer to a question.
    lost
        Reasons by place of the object: it does not keep those.
    """

    here: bool = True
    says_role: bool = True
    silent: bool = False
    refused: int = 0
    lost: Mapping[int, int] = field(default_factory=dict)
    port: int = 0
    stored: list[str] = field(default_factory=list)
    questions: list[Dataset] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    told: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def store(self, event: evt.Event) -> int:
        self.stored.append(str(event.dataset.SOPInstanceUID))
        return 0

    def take(self, event: evt.Event) -> tuple[int, None]:
        if self.refused:
            self.asked.release()
            return self.refused, None
        self.questions.append(event.action_information)
        if self.here and not self.silent:
            association, question = event.assoc, event.action_information
            threading.Thread(target=self._say_here, args=(association, question), daemon=True).start()
        self.asked.release()
        return 0, None

    def _say_here(self, association: Any, question: Dataset) -> None:
        # Not before the answer to the question itself has left.
        association._reactor_checkpoint.clear()
        while not association._is_paused:
            threading.Event().wait(0.001)
        association._reactor_checkpoint.set()
        kind, report = self.report(question)
        status, _ = association.send_n_event_report(report, kind, StorageCommitmentPushModel, INSTANCE)
        self._note(status)

    def _note(self, status: Dataset) -> None:
        self.answers.append(int(status.get("Status", -1)))
        self.told.release()

    def report(self, question: Dataset) -> tuple[int, Dataset]:
        report, failed = Dataset(), []
        report.TransactionUID = question.TransactionUID
        for place, reason in self.lost.items():
            one = Dataset()
            one.update(question.ReferencedSOPSequence[place])
            one.FailureReason = reason
            failed.append(one)
        report.ReferencedSOPSequence = [
            one for place, one in enumerate(question.ReferencedSOPSequence) if place not in self.lost
        ]
        if failed:
            report.FailedSOPSequence = failed
        return (2 if failed else 1), report

    def call_back(
        self,
        port: int,
        report: Dataset | None = None,
        title: str = OURS,
        own: str = TITLE,
        tls: ssl.SSLContext | None = None,
    ) -> bool:
        """Say what it keeps of the last question on a line of its own; whether that was let in."""
        kind, said = (1, report) if report is not None else self.report(self.questions[-1])
        entity = AE(own)
        entity.add_requested_context(StorageCommitmentPushModel)
        roles = [build_role(StorageCommitmentPushModel, scp_role=True)] if self.says_role else []
        secured = (tls, "127.0.0.1") if tls is not None else None
        association = entity.associate("127.0.0.1", port, ae_title=title, ext_neg=roles, tls_args=secured)  # type: ignore[arg-type]
        if not association.is_established:
            line = association.dul.socket
            if line is not None and line.socket is not None:
                line.socket.close()
            return False
        status, _ = association.send_n_event_report(said, kind, StorageCommitmentPushModel, INSTANCE)
        self._note(status)
        association.release()
        return True


@contextmanager
def archive(offers: bool = True, **ways: Any) -> Iterator[Archive]:
    """An archive that runs; ``offers``: whether it has storage commitment at all."""
    made = Archive(**ways)
    entity = AE(TITLE)
    entity.maximum_associations = 50
    entity.supported_contexts = AllStoragePresentationContexts
    if offers:
        entity.add_supported_context(StorageCommitmentPushModel)
    handlers: list[evt.EventHandlerType] = [(evt.EVT_C_STORE, made.store), (evt.EVT_N_ACTION, made.take)]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    assert server is not None
    made.port = server.server_address[1]
    try:
        yield made
    finally:
        server.shutdown()
