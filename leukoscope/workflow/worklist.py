"""Cases from a list: a table (CSV) or HL7 orders. What cannot be taken is said, line by line; the rest is taken."""

from __future__ import annotations

import locale
import logging
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from leukoscope.cases.case_orders import OrderedCase
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import Priority
from leukoscope.domain.errors import ExchangeError, LeukoScopeError
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.exchange.hl7_files import looks_like_hl7
from leukoscope.exchange.hl7_orders import read_orders
from leukoscope.exchange.order_table import read_table
from leukoscope.exchange.orders import Act, LabOrder, OrderList, Remark

logger = logging.getLogger(__name__)

LARGEST = 50_000_000
"""In bytes."""
KEPT = {
    "patient": "A person wrote another name of the patient on the case than the list has; it was kept.",
    "patient_id": "A person wrote another patient number on the case than the list has; it was kept.",
    "birth_date": "A person wrote another date of birth on the case than the list has; it was kept.",
    "sex": "A person wrote another sex of the patient on the case than the list has; it was kept.",
    "specimen": "A person wrote another specimen on the case than the list has; it was kept.",
    "stain": "A person wrote another stain on the case than the list has; it was kept.",
    "operator": "A person wrote another operator on the case than the list has; it was kept.",
    "notes": "A person wrote other notes on the case than the list has; they were kept.",
    "priority": "A person gave the case another priority than the list has; it was kept.",
}
"""Fields that an order can change, and what is said where it does not."""


@dataclass(frozen=True)
class ImportReport:
    """What came of a list.

    Parameters
    ----------
    added
        Numbers of cases that are new.
    present
        Numbers that were there already and stay as they are.
    changed
        Numbers of cases whose header or priority was changed by the list.
    cancelled
        Numbers of cases whose order was cancelled.
    refused
        Orders that were not taken, each with its line and the reason.
    notes
        What else is to be said, in the order of the file.
    """

    added: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    refused: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()


@dataclass
class Tally:
    """What came of orders, while it grows."""

    added: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    refused: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)

    def report(self) -> ImportReport:
        """All of it, by lines."""

        def by_line(remarks: list[Remark]) -> tuple[Remark, ...]:
            return tuple(sorted(remarks, key=lambda one: one.line))

        return ImportReport(
            tuple(self.added), tuple(self.present), tuple(self.changed), tuple(self.cancelled),
            by_line(self.refused), by_line(self.notes),
        )  # fmt: skip


def import_orders(
    store: CaseStore,
    path: Path,
    on_progress: Callable[[Progress], None] = lambda _: None,
    cancel: CancelToken | None = None,
) -> ImportReport:
    """Begin, change and cancel cases as a list says.

    Each order is a change of its own: one that cannot be taken costs no other. A case that is there already is not
    begun again; empty fields of it are filled. Nothing that a person wrote is overwritten, no image is deleted.

    Parameters
    ----------
    store
        Where the cases are.
    path
        The list.
    on_progress
        Told after each order.
    cancel
        Ends between two orders; what was taken stays.

    Raises
    ------
    ExchangeError
        When the file cannot be read or is no list; nothing is changed then.
    """
    data = _read(path)
    listed = read_orders(data) if looks_like_hl7(data) else read_table(data, _code_page())
    return take_orders(store, listed, on_progress, cancel)


def take_orders(
    store: CaseStore,
    listed: OrderList,
    on_progress: Callable[[Progress], None] = lambda _: None,
    cancel: CancelToken | None = None,
) -> ImportReport:
    """As :func:`import_orders`, of a list that is read already; never raises."""
    tally = Tally(refused=list(listed.refused), notes=list(listed.notes))
    for done, order in enumerate(listed.orders, start=1):
        if cancel is not None and cancel.cancelled:
            left = len(listed.orders) - done + 1
            tally.notes.append(
                Remark(order.line, "", f"Stopped: {left} orders from here on were not taken.", "stopped")
            )
            break
        try:
            take_order(store, order, tally)
        except LeukoScopeError as error:
            logger.info("order in line %d not taken: %s (%s)", order.line, type(error).__name__, error.detail)
            tally.refused.append(Remark(order.line, order.header.number, error.message, type(error).__name__))
        on_progress(Progress(done, len(listed.orders)))
    _log(tally, listed)
    return tally.report()


def _log(tally: Tally, listed: OrderList) -> None:
    """Figures and kinds of trouble; never a name or number."""
    logger.info(
        "list taken: %d orders, %d new, %d there, %d changed, %d cancelled, %d refused",
        len(listed.orders), len(tally.added), len(tally.present), len(tally.changed), len(tally.cancelled),
        len(tally.refused),
    )  # fmt: skip
    for remark in (*tally.refused, *tally.notes):
        logger.info("list, line %d: %s", remark.line, remark.kind)


def take_order(store: CaseStore, order: LabOrder, tally: Tally) -> None:
    """Begin, change or cancel a case as one order says; what came of it is added to the tally.

    What can be done again, and has been done, changes nothing more.

    Raises
    ------
    LeukoScopeError
        When it cannot be done; nothing is changed then.
    """
    case_id = _found(store, order)
    number = order.header.number
    case = None if case_id is None else store.case_orders.look(case_id)
    if case is not None and _is_other_patient(case, order):
        sentence = "The case of this number is another patient’s; nothing was changed. Ask which number is right."
        tally.refused.append(Remark(order.line, number, sentence, "other patient"))
    elif order.act is Act.CANCEL:
        _cancel(store, case_id, case is not None and case.is_read_only, order, tally)
    elif case_id is None or case is None:
        if order.act is Act.CHANGE:
            sentence = "The list changes an order that was not here; the case was begun."
            tally.notes.append(Remark(order.line, number, sentence, "change of an unknown order"))
        store.case_orders.begin(order.header, order.priority or Priority.ROUTINE, order.placer)
        tally.added.append(number)
    else:
        _update(store, case_id, case, order, tally)


def _found(store: CaseStore, order: LabOrder) -> int | None:
    """The case that an order means; changes and cancellations may know it by an older number."""
    for number in (order.header.number, *order.others):
        found = store.the_one(number)
        if found is not None:
            return found
    return None


def _update(store: CaseStore, case_id: int, case: OrderedCase, order: LabOrder, tally: Tally) -> None:
    header, number = order.header, order.header.number
    store.case_orders.keep_placer(case_id, order.placer)
    said = {name: text for name in KEPT if (text := getattr(header, name, "")) or name in order.cleared}
    if order.act is Act.BEGIN:
        if case.is_read_only:
            tally.present.append(number)
            return
        said = {name: text for name, text in said.items() if text}
    outcome = store.case_orders.change(case_id, said, order.priority, only_fill=order.act is Act.BEGIN)
    (tally.changed if outcome.changed else tally.present).append(number)
    tally.notes.extend(Remark(order.line, number, KEPT[name], "kept") for name in outcome.kept)


def _cancel(store: CaseStore, case_id: int | None, is_signed: bool, order: LabOrder, tally: Tally) -> None:
    number = order.header.number
    if case_id is None:
        sentence = "The list cancels an order that is not here; there is nothing to do."
        tally.notes.append(Remark(order.line, number, sentence, "cancels an unknown order"))
        return
    gone = store.case_orders.cancel(case_id, f"Order cancelled by the sender, {date.today().isoformat()}.")
    tally.cancelled.append(number)
    if is_signed:
        sentence = "Its order is cancelled, but the case is signed and stays as it is. Tell whoever signed it."
        tally.notes.append(Remark(order.line, number, sentence, "cancelled signed"))
    elif not gone:
        sentence = "Its order is cancelled, but somebody has worked on the case: it stays. Put it away yourself."
        tally.notes.append(Remark(order.line, number, sentence, "cancelled with work"))


def _is_other_patient(case: OrderedCase, order: LabOrder) -> bool:
    """Whether an order names somebody else than the case does.

    The patient number tells; only where one of the two has none the name does, and a change may correct a name while
    nobody has worked on the case.
    """
    now, said = case.header, order.header
    if now.patient_id and said.patient_id:
        return _plain(now.patient_id) != _plain(said.patient_id)
    if not now.patient or not said.patient or _plain(now.patient) == _plain(said.patient):
        return False
    return not (order.act is Act.CHANGE and case.is_untouched)


def _plain(text: str) -> str:
    """A name or number as it is compared: without case, width and signs between."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if one.isalnum())


def _code_page() -> str:
    """The code page in which Windows programs here write tables; empty on systems that have none."""
    name = locale.getencoding().lower()
    return name if name.startswith("cp125") else ""


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise ExchangeError("This file is too large for a list of cases; choose another.")
        return path.read_bytes()
    except OSError as error:
        raise ExchangeError("The list cannot be read; check that the file is there.", repr(error)) from error
