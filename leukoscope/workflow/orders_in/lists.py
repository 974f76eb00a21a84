"""Orders that do not come as messages: tables in the watched folder, and what a DICOM worklist has scheduled."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

from leukoscope.cases.acting import acting
from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.progress import CancelToken
from leukoscope.exchange.orders import Remark
from leukoscope.workflow.orders_in.carrying_out import told_of
from leukoscope.workflow.orders_in.folder import Outcome
from leukoscope.workflow.orders_in.inbox import Arrival, Inbox
from leukoscope.workflow.orders_in.kept_message import ACTOR, Source, Told
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.worklist import ImportReport, import_orders, take_orders


def take_table(store: CaseStore, inbox: Inbox, path: Path) -> Outcome:
    """Carry out a table in the name of the program; one that is refused is shown with what came on the line.

    Raises
    ------
    StoreError, OSError
        When what was refused cannot be kept.
    """
    with acting(ACTOR):
        try:
            report = import_orders(store, path)
        except ExchangeError as error:
            report = ImportReport(refused=(Remark(0, "", error.message, "file"),))
    if report.refused:
        data = path.read_bytes()
        told = tuple(Told(one.number, one.sentence, one.kind) for one in report.refused)
        name, digest = path.name.encode("utf-8", "replace").decode(), hashlib.sha256(data).digest()
        table = Arrival(data, Source.FOLDER, name, "", "table", digest, answer="refused", told=told)
        inbox.keep([table], lambda one: one)
    return Outcome(*(tuple(map(_line, remarks)) for remarks in (report.refused, report.notes)))


def fetch(
    store: CaseStore,
    settings: Settings,
    address: str,
    since: date,
    modality: str,
    cancel: CancelToken | None = None,
) -> ImportReport:
    """Ask a DICOM modality worklist, and begin the cases that are not here yet.

    Raises
    ------
    SettingsError, ExchangeError
        When the address is none, or the worklist does not answer to the end; nothing is changed then.
    CancelledError
        After a cancel before the answer was there; nothing is changed then.
    """
    from leukoscope.exchange.dicom_worklist import find_orders
    from leukoscope.exchange.nodes import worklist_node
    from leukoscope.exchange.tls import client_context

    node = worklist_node(address)
    tls = client_context(settings.tls_trusted, settings.tls_own) if node.encrypted else None
    own = settings.dicom_title or "LEUKOSCOPE"
    listed = find_orders(node.host, node.port, node.title, own, since=since, modality=modality, tls=tls, cancel=cancel)
    return take_orders(store, listed, cancel=cancel)


def keep_remarks(inbox: Inbox, sender: str, report: ImportReport) -> None:
    """Show a person what of a worklist was not taken, with what came on the line; each thing once.

    A worklist tells of the same entries again each time: what somebody dismissed does not come back.

    Raises
    ------
    StoreError
        When it cannot be kept.
    """
    remarks = [(one, "refused") for one in told_of(report.refused)]
    remarks += [(one, "") for one in told_of(report.notes)]
    arrivals = [
        Arrival(words, Source.WORKLIST, sender, "", "worklist", hashlib.sha256(words).digest(), answer, (one,))
        for one, answer in remarks
        if (words := f"{one.number}\n{one.sentence}".encode("utf-8", "replace"))
    ]
    if arrivals:
        inbox.keep(arrivals, lambda one: one)


def without_kind(report: ImportReport, kind: str) -> ImportReport:
    """The report without what was refused for a reason of this kind."""
    return replace(report, refused=tuple(one for one in report.refused if one.kind != kind))


def _line(remark: Remark) -> str:
    return f"Line {remark.line}: {remark.sentence}" if remark.line else remark.sentence
