"""Orders from a DICOM modality worklist (PS3.4, annex K): what is scheduled, asked for by C-FIND."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from pydicom.dataset import Dataset
from pynetdicom.association import Association
from pynetdicom.sop_class import ModalityWorklistInformationFind  # type: ignore[attr-defined]

from leukoscope.domain.cases import CaseHeader, Priority
from leukoscope.domain.errors import Cause, ExchangeError
from leukoscope.domain.patients import birth_date_of, sex_of
from leukoscope.domain.progress import CancelToken
from leukoscope.exchange.dicom_calls import calling_entity, watched_association
from leukoscope.exchange.hl7_charsets import is_readable
from leukoscope.exchange.hl7_escapes import escape
from leukoscope.exchange.orders import (
    BIRTH_DATE_UNREAD,
    SEX_UNREAD,
    LabOrder,
    OrderList,
    Remark,
    priority_of,
    unknown_priority,
)
from leukoscope.exchange.sockets import open_and_close

TIMEOUT_S = 30.0
MOST = 2000
"""So many entries are taken of one answer."""
_UNREACHABLE = "The DICOM worklist cannot be reached; check that it runs, and its address."
_REFUSED = "The DICOM worklist does not know this workstation; check both titles."
_BROKEN = "The DICOM worklist took the call, but did not answer to the end; try again later."
_MISFIT = "This entry of the DICOM worklist cannot be read; ask its administrator."
_LOOKS_S = 0.1
"""So often somebody looks whether the question was taken back."""
_PENDING = frozenset({0xFF00, 0xFF01})
_LESS_THAN_URGENT = frozenset({"MEDIUM", "LOW"})
"""Priorities that DICOM knows and laboratories do not tell from routine."""


def find_orders(
    host: str,
    port: int,
    called: str,
    calling: str,
    *,
    since: date,
    modality: str = "",
    timeout_s: float = TIMEOUT_S,
    tls: ssl.SSLContext | None = None,
    cancel: CancelToken | None = None,
) -> OrderList:
    """Ask what is scheduled from a day on.

    Parameters
    ----------
    host, port
        Where the worklist is.
    called, calling
        Its title and ours, at most 16 characters each.
    since
        First day on which a step is scheduled.
    modality
        Only steps of this one, for example ``SM`` or ``GM``; empty for all.
    timeout_s
        Longest wait for each step, in seconds.
    tls
        From :func:`leukoscope.exchange.tls.client_context`; ``None`` asks in the clear.
    cancel
        Cuts the line while it is waited for an answer.

    Returns
    -------
    OrderList
        One order for each accession number; the lines are places in the answer, from 1.

    Raises
    ------
    ExchangeError
        When it is not there, refuses us or does not answer to the end: nothing is to be taken of half an answer.
    CancelledError
        After a cancel.
    """
    cancel = cancel or CancelToken()
    try:
        open_and_close(host, port, timeout_s, tls)
    except OSError as error:
        detail = f"{type(error).__name__} {error.errno}"
        raise ExchangeError(_UNREACHABLE, detail, again=True, cause=Cause.UNREACHABLE) from error
    entity = calling_entity(calling, timeout_s)
    entity.add_requested_context(ModalityWorklistInformationFind)
    cancel.raise_if_cancelled()
    association = watched_association(entity, host, port, called, timeout_s, tls)
    if not association.is_established:
        raise ExchangeError(_REFUSED, "no association", cause=Cause.NOT_UNDERSTOOD)
    try:
        with _cut_when(cancel, association):
            return _read(_answers(association, _question(since, modality)))
    except ExchangeError:
        cancel.raise_if_cancelled()
        raise
    finally:
        if association.is_established:
            association.release()


@contextmanager
def _cut_when(cancel: CancelToken, association: Association) -> Iterator[None]:
    """Cut the line as soon as somebody takes the question back: a worklist may be silent for long."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOKS_S):
            if cancel.cancelled:
                association.abort()
                # Whoever waits for an answer hears of a line that the other side cuts, but not of this one.
                association.dimse.msg_queue.put((None, None))
                return

    thread = threading.Thread(target=look, name="worklist-cancel", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _question(since: date, modality: str) -> Dataset:
    """What is asked for: empty fields are to be filled."""
    step = Dataset()
    step.Modality = modality
    step.ScheduledStationAETitle = ""
    step.ScheduledProcedureStepStartDate = f"{since:%Y%m%d}-"
    step.ScheduledProcedureStepStartTime = ""
    step.ScheduledProcedureStepDescription = ""
    step.ScheduledProcedureStepID = ""
    asked = Dataset()
    asked.SpecificCharacterSet = "ISO_IR 192"
    for name in (
        "AccessionNumber", "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "RequestedProcedureID",
        "RequestedProcedurePriority", "PlacerOrderNumberImagingServiceRequest",
    ):  # fmt: skip
        setattr(asked, name, "")
    asked.ScheduledProcedureStepSequence = [step]
    return asked


def _answers(association: Association, asked: Dataset) -> Iterator[Dataset]:
    """Every entry; raises ExchangeError unless the answer has an end."""
    count = 0
    for status, found in association.send_c_find(asked, ModalityWorklistInformationFind):
        code = status.get("Status") if status else None
        if code == 0:
            return
        if code not in _PENDING or count >= MOST:
            detail = "no status" if code is None else f"status {code:#06x}, {count} entries"
            raise ExchangeError(_BROKEN, detail, again=True, cause=Cause.NOT_UNDERSTOOD)
        if found is not None:
            count += 1
            yield found
    raise ExchangeError(_BROKEN, "no end", again=True, cause=Cause.NOT_UNDERSTOOD)


def _read(entries: Iterator[Dataset]) -> OrderList:
    orders: dict[str, LabOrder] = {}
    refused: list[Remark] = []
    notes: list[Remark] = []
    for line, entry in enumerate(entries, start=1):
        try:
            order = _order(entry, line, notes)
        except Exception as error:  # noqa: BLE001 - pydicom raises of any kind when a value is asked for
            refused.append(Remark(line, "", _MISFIT, type(error).__name__))
            continue
        if isinstance(order, Remark):
            refused.append(order)
        else:
            # Several steps of one specimen are one case.
            orders.setdefault(order.header.number, order)
    return OrderList(tuple(orders.values()), tuple(refused), tuple(notes))


def _order(entry: Dataset, line: int, notes: list[Remark]) -> LabOrder | Remark:
    number = _text(entry, "AccessionNumber") or _text(entry, "RequestedProcedureID")
    if not number:
        return Remark(line, "", "The entry has neither an accession number nor one of the procedure.", "no number")
    name = entry.get("PatientName")
    parts = [part.strip() for part in (name.family_name, name.given_name)] if name else []
    patient, known = ", ".join(filter(None, parts)), _text(entry, "PatientID")
    if not entry.get("SpecificCharacterSet"):
        patient = _as_asked(patient)
    placer = _text(entry, "PlacerOrderNumberImagingServiceRequest")
    if not all(map(is_readable, (number, patient, known, placer))):
        return Remark(line, "", "The letters of this entry do not fit the character set that it names.", "letters")
    born, sex = birth_date_of(_text(entry, "PatientBirthDate"), date.today()), sex_of(_text(entry, "PatientSex"))
    for value, name_of, sentence in (
        (born, "PatientBirthDate", BIRTH_DATE_UNREAD),
        (sex, "PatientSex", SEX_UNREAD),
    ):
        if not value and _text(entry, name_of):
            notes.append(Remark(line, number, sentence, name_of))
    word = _text(entry, "RequestedProcedurePriority")
    priority = Priority.ROUTINE if word.upper() in _LESS_THAN_URGENT else priority_of(word)
    if word and priority is None:
        return unknown_priority(line, number, word)
    header = CaseHeader(number, patient, patient_id=known, birth_date=born or "", sex=sex or "")
    return LabOrder(header, priority, line=line, placer=escape(placer))


def _as_asked(text: str) -> str:
    """Letters of a worklist that names no character set: those that were asked for, or none that can be read."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return "\ufffd"


def _text(entry: Dataset, name: str) -> str:
    value = entry.get(name)
    return " ".join(str(value).split()) if value is not None else ""
