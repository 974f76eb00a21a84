"""What messages of other systems do to cases; what only a person can do is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from leukoscope.cases.acting import acting
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import LeukoScopeError, StoreError
from leukoscope.exchange.hl7_adt import PatientChange, read_change
from leukoscope.exchange.hl7_incoming import incoming
from leukoscope.exchange.hl7_orders import is_order, orders_of
from leukoscope.exchange.orders import LabOrder, Remark
from leukoscope.workflow.orders_in.kept_message import ACTOR, Told
from leukoscope.workflow.worklist import KEPT, Tally, take_order

_FOR_NOBODY = frozenset({"change of an unknown order", "cancels an unknown order"})
"""What a list shows and a message need not: nothing is left to do."""
_SIGNED_NAME = (
    "The hospital has other data of this patient than the case, which is signed and stays as it is. Amend it, if its "
    "report is to have them."
)
_SIGNED_MERGE = (
    "The hospital gave this patient another number; the case is signed and stays as it is. Amend it, if its report is "
    "to have the new one."
)


def is_of_the_disk(error: LeukoScopeError) -> bool:
    """Whether an error is the disk's or the database's, and not what a rule says: it may be gone later."""
    return isinstance(error, StoreError) and error.__cause__ is not None


def carry_out(store: CaseStore, body: bytes) -> tuple[Told, ...]:
    """Do what a message asks for, in the name of the program.

    Done once more after an end in the middle, it changes nothing that was done.

    Returns
    -------
    tuple of Told
        What a person has to know or do; empty when all is well.

    Raises
    ------
    StoreError
        When the disk or the database fails: to be tried again.
    """
    read = incoming(body)
    tally = Tally()
    with acting(ACTOR):
        if is_order(read.kind):
            listed = orders_of((read.message,))
            tally.refused.extend(listed.refused)
            tally.notes.extend(listed.notes)
            for order in listed.orders:
                _one(store, order, tally)
        else:
            found = read_change(read.message)
            tally.refused.extend(found.refused)
            cases = [_patient(store, change, tally) for change in found.changes]
            # Without a case of theirs nothing could be written on it.
            tally.notes.extend(found.notes if any(cases) else ())
    return (*told_of(tally.refused), *told_of(tally.notes))


def told_of(remarks: Iterable[Remark]) -> tuple[Told, ...]:
    """What of these a person has to know or do."""
    return tuple(Told(one.number, one.sentence, one.kind) for one in remarks if one.kind not in _FOR_NOBODY)


def readable_orders(body: bytes) -> tuple[LabOrder, ...]:
    """Orders that can be read from a message, whatever else is wrong with it."""
    message = incoming(body).message
    return () if message.fault else orders_of((message,)).orders


def _one(store: CaseStore, order: LabOrder, tally: Tally) -> None:
    try:
        take_order(store, order, tally)
    except LeukoScopeError as error:
        if is_of_the_disk(error):
            raise
        tally.refused.append(Remark(order.line, order.header.number, error.message, type(error).__name__))


def _patient(store: CaseStore, change: PatientChange, tally: Tally) -> int:
    """Write on the cases of a patient what is said; how many cases there are."""
    numbers = (change.patient_id, *change.former)
    cases = [(case_id, number) for number in numbers for case_id in store.case_orders.of_patient(number)]
    for case_id, number in cases:
        case = store.case_orders.look(case_id)
        said = dict(change.said)
        if number != change.patient_id:
            said["patient_id"] = change.patient_id
        if not _differs(case.header, said):
            continue
        if case.is_read_only:
            sentence = _SIGNED_MERGE if "patient_id" in said else _SIGNED_NAME
            tally.notes.append(Remark(change.line, case.header.number, sentence, "signed"))
            continue
        outcome = store.case_orders.change(case_id, said, None, renamed=frozenset({"patient_id"}))
        tally.notes.extend(Remark(change.line, case.header.number, KEPT[name], "kept") for name in outcome.kept)
    return len(cases)


def _differs(header: CaseHeader, said: dict[str, str]) -> bool:
    now = {one.name: getattr(header, one.name) for one in fields(header)}
    return any(now[name] != text for name, text in said.items())
