"""Orders from the hospital's system: HL7 v2 ORM^O01, OML^O21, OML^O33 and OMG^O19, in a file or one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from leukoscope.domain.cases import CaseHeader, Priority
from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange import hl7_patient
from leukoscope.exchange.hl7_charsets import is_readable
from leukoscope.exchange.hl7_escapes import escape
from leukoscope.exchange.hl7_files import RawMessage, read_messages
from leukoscope.exchange.hl7_segments import EMPTY, Segment
from leukoscope.exchange.orders import (
    BIRTH_DATE_UNREAD,
    SEX_UNREAD,
    Act,
    LabOrder,
    OrderList,
    Remark,
    priority_of,
    soonest,
    unknown_priority,
)

_TYPES = frozenset({"ORM", "OML", "OMG", "OMI"})
_READ = frozenset({"MSH", "PID", "ORC", "OBR", "TQ1", "SPM"})
_BEGIN = frozenset({"NW", "RO"})
_CHANGE = frozenset({"XO", "XR", "XX", "RP", "RU"})
_CANCEL = frozenset({"CA", "OC", "CR", "DC", "OD", "DR"})
_GONE = frozenset({"CA", "DC", "RP"})
"""Order status (table 0038): cancelled, discontinued, replaced."""
_PRIORITY_COMPONENTS = (1, 4, 2, 5)
"""Where a coded element may say it: identifier, alternate identifier, their texts."""


class _RefusedError(Exception):
    """Why one order is not taken."""

    def __init__(self, line: int, sentence: str, kind: str, number: str = "") -> None:
        super().__init__(sentence)
        self.remark = Remark(line, number, sentence, kind)


@dataclass
class _Group:
    """One ORC with what follows it."""

    line: int
    pid: Segment | None
    orc: Segment | None = None
    details: list[Segment] = field(default_factory=list)
    timings: list[tuple[int, Segment]] = field(default_factory=list)
    specimens: list[tuple[int, Segment]] = field(default_factory=list)

    @property
    def control(self) -> str:
        return self.orc.text(1).upper() if self.orc else ""


def read_orders(data: bytes) -> OrderList:
    """Read every order of a file of HL7 messages.

    Parameters
    ----------
    data
        The file: messages that begin with ``MSH``, also in batches (FHS, BHS) or in MLLP's frames.

    Returns
    -------
    OrderList
        In the order of the file. What cannot be taken is refused with its line, the rest is there; messages that are
        no orders are noted.

    Raises
    ------
    ExchangeError
        When it is no HL7.
    """
    messages, notes = read_messages(data)
    if not any(map(kind_of, messages)):
        raise ExchangeError("This is no list of HL7 orders; choose another file.", "no message with a type")
    return orders_of(messages, notes)


def orders_of(messages: Sequence[RawMessage], notes: Sequence[Remark] = ()) -> OrderList:
    """The orders of messages that are taken apart already; as :func:`read_orders`, but never raises.

    Parameters
    ----------
    messages
        In the order of the file.
    notes
        What is known of the file already.
    """
    orders: list[LabOrder] = []
    refused: list[Remark] = []
    told = list(notes)
    for message in messages:
        kind = kind_of(message)
        if message.fault:
            refused.append(Remark(message.line, "", message.fault, "message"))
        elif not is_order(kind):
            shown = kind.replace("^", " ") or "Without a type in MSH-9"
            told.append(Remark(message.line, "", f"A message that is no order was left out: {shown}.", "other message"))
        else:
            _read_message(message, orders, refused, told)
    return OrderList(tuple(orders), tuple(refused), tuple(sorted(told, key=lambda one: one.line)))


def is_order(kind: str) -> bool:
    """Whether a type of message (MSH-9) is one of orders."""
    return kind.partition("^")[0] in _TYPES


def kind_of(message: RawMessage) -> str:
    """MSH-9 as ``ORM^O01``; empty when it is not there or the message is damaged."""
    if message.fault or not message.lines:
        return ""
    fields = message.lines[0].text.split(message.separators["FIELD"])
    parts = fields[8].split(message.separators["COMPONENT"]) if len(fields) > 8 else []
    return "^".join(part.strip() for part in parts[:2] if part.strip())


def _read_message(message: RawMessage, orders: list[LabOrder], refused: list[Remark], notes: list[Remark]) -> None:
    assigner, groups = "", []
    try:
        segments = [Segment(line, message) for line in message.lines if line.name in _READ]
        assigner = segments[0].text(4)
        groups = list(_groups(segments))
    except (ValueError, LookupError) as error:
        refused.append(
            Remark(
                message.line, "", "This message breaks the rules of HL7; ask who made the file.", type(error).__name__
            )
        )
        return
    if not groups:
        refused.append(Remark(message.line, "", "The message holds no order; it may be cut off.", "no order"))
    replaced = any(group.control == "RO" for group in groups)
    for group in groups:
        try:
            orders.extend(_orders_of(group, message, assigner, replaced, notes))
        except _RefusedError as error:
            refused.append(error.remark)


def _groups(segments: Sequence[Segment]) -> Iterator[_Group]:
    pid: Segment | None = None
    group: _Group | None = None
    before: list[tuple[int, Segment]] = []
    named = [one.name for one in segments]
    # OML^O33 tells the specimen first, and then what is asked for of it.
    leads = "SPM" in named and "SPM" in named[: named.index("ORC") if "ORC" in named else len(named)]
    for segment in segments:
        if segment.name in {"PID", "ORC", *(("SPM",) if leads else ())} and group is not None:
            yield group
            group = None
        if segment.name == "PID":
            pid, before = segment, []
        elif segment.name == "SPM" and leads:
            before = [(0, segment)]
        elif segment.name == "ORC":
            group = _Group(segment.line, pid, segment, specimens=list(before))
        elif segment.name == "OBR":
            group = group or _Group(segment.line, pid, specimens=list(before))
            group.details.append(segment)
        elif group is not None and segment.name == "TQ1":
            group.timings.append((len(group.details), segment))
        elif group is not None and segment.name == "SPM":
            group.specimens.append((len(group.details), segment))
    if group is not None:
        yield group


def _orders_of(
    group: _Group, message: RawMessage, assigner: str, replaced: bool, notes: list[Remark]
) -> Iterator[LabOrder]:
    """The orders of one ORC: one for each case number; several tests of one specimen are one order."""
    act = _act(group, replaced)
    found: dict[str, list[LabOrder]] = {}
    for place, obr in enumerate(group.details or [None], start=1):
        order = _order(group, place, obr, act, message, assigner)
        found.setdefault(order.header.number, []).append(order)
    unnamed = group.pid is not None and not hl7_patient.patient_id(group.pid, assigner)
    if group.pid is not None and unnamed and hl7_patient.has_other_identifier(group.pid):
        sentence = "None of the patient’s identifiers (PID-3) is the hospital’s own; the patient number stays empty."
        notes.append(Remark(group.pid.line, next(iter(found)), sentence, "patient identifier"))
    for sentence, kind in _unread(group.pid):
        notes.append(Remark(group.line, next(iter(found)), sentence, kind))
    for same in found.values():
        first = same[0].header
        specimen = next((one.header.specimen for one in same if one.header.specimen), "")
        header = replace(first, specimen=specimen)
        priority = soonest([one.priority for one in same if one.priority])
        yield replace(same[0], header=header, priority=priority)


def _unread(pid: Segment | None) -> Iterator[tuple[str, str]]:
    """What is said of the patient and cannot be read costs no order; that it stays empty is said."""
    if pid is not None and hl7_patient.birth_date(pid) is None:
        yield BIRTH_DATE_UNREAD, "date of birth"
    if pid is not None and hl7_patient.sex(pid) is None:
        yield SEX_UNREAD, "sex"


def _act(group: _Group, replaced: bool) -> Act:
    control, line = group.control, group.line
    number = "" if group.orc is None else group.orc.text(3) or group.orc.text(2)
    status = "" if group.orc is None else group.orc.text(5).upper()
    if control in _CANCEL or (control == "SC" and status in _GONE):
        return Act.CANCEL
    if control in _CHANGE:
        return Act.CANCEL if replaced and control in {"RP", "RU"} else Act.CHANGE
    if control not in _BEGIN:
        sentence = f"ORC-1 is “{control}”: neither a new order, nor a change, nor a cancellation."
        empty = "ORC-1 is empty: it says neither a new order, nor a change, nor a cancellation."
        raise _RefusedError(line, sentence if control else empty, "control", number)
    if status in _GONE:
        raise _RefusedError(
            line, f"The order is new (ORC-1) and cancelled (ORC-5 {status}) at once.", "control", number
        )
    if not group.details:
        raise _RefusedError(line, "The order has no OBR segment; the message may be cut off.", "no detail", number)
    return Act.BEGIN


def _order(group: _Group, place: int, obr: Segment | None, act: Act, message: RawMessage, assigner: str) -> LabOrder:
    line = obr.line if obr else group.line
    number, others = _numbers(group, obr)
    if not number:
        raise _RefusedError(line, "The order has no number (OBR-2, OBR-3, ORC-2, ORC-3 are empty).", "no number")
    patient = hl7_patient.patient_name(group.pid) if group.pid else ""
    known = hl7_patient.patient_id(group.pid, assigner) if group.pid else ""
    specimen = _specimen(group, place, obr)
    if act is Act.CANCEL:
        # Whatever else is wrong with it: it must not begin or stay for that.
        patient, known, specimen = (text if is_readable(text) else "" for text in (patient, known, specimen))
    for text in (number, patient, known, specimen):
        if not is_readable(text):
            raise _RefusedError(line, message.unreadable, "letters", number if is_readable(number) else "")
    said = {"patient": patient, "patient_id": known, "specimen": specimen}
    if group.pid is not None:
        said["birth_date"] = hl7_patient.birth_date(group.pid) or ""
        said["sex"] = hl7_patient.sex(group.pid) or ""
    cleared = frozenset(name for name, text in said.items() if text == EMPTY)
    header = CaseHeader(number, **{name: "" if text == EMPTY else text for name, text in said.items()})
    priority = None if act is Act.CANCEL else _priority(group, place, obr, number)
    return LabOrder(header, priority, act, line, others, cleared, _placer(group, obr))


def _placer(group: _Group, obr: Segment | None) -> str:
    """The sender's own number (OBR-2, ORC-2) with who gave it, as it goes back with the result."""
    for segment in (obr, group.orc):
        if segment is not None and segment.text(2) and is_readable(segment.raw(2)):
            parts = [escape(segment.text(2, part)) for part in (1, 2, 3, 4)]
            return "^".join(parts).rstrip("^")
    return ""


def _numbers(group: _Group, obr: Segment | None) -> tuple[str, tuple[str, ...]]:
    """The laboratory's number where there is one, else the one of who ordered; and all others that are there."""
    segments = [one for one in (obr, group.orc) if one is not None]
    for place, name in ((3, "the laboratory’s number"), (2, "the sender’s number")):
        said = {text for one in segments if (text := one.text(place))}
        if len(said) > 1 and len(group.details) == 1:
            sentence = f"ORC-{place} and OBR-{place} name different orders as {name}; ask who made the file."
            raise _RefusedError(group.line, sentence, "two numbers")
    found = [text for place in (3, 2) for one in segments if (text := one.text(place))]
    unique = list(dict.fromkeys(found))
    return (unique[0], tuple(unique[1:])) if unique else ("", ())


def _specimen(group: _Group, place: int, obr: Segment | None) -> str:
    """OBR-15 as text or code; SPM-4 in newer messages."""
    sources = [one for after, one in group.specimens if after in {0, place}]
    texts = [obr.raw(15, 1, 2), obr.raw(15, 1, 1), obr.raw(15, 2)] if obr else []
    texts += [text for one in sources for text in (one.raw(4, 2), one.raw(4, 1))]
    said = [text for text in texts if text]
    return next((text for text in said if text != EMPTY), said[0] if said else "")


def _priority(group: _Group, place: int, obr: Segment | None, number: str) -> Priority | None:
    """The soonest that is said in TQ1-9, ORC-7, OBR-27 and OBR-5; a word that is not known costs the order."""
    found: list[Priority] = []
    for line, said in _priority_words(group, place, obr):
        words = [word for word in said if word]
        if not words:
            continue
        known = [one for word in words if (one := priority_of(word)) is not None]
        if not known:
            raise _RefusedError(line, unknown_priority(line, number, words[0]).sentence, "priority", number)
        found.append(known[0])
    return soonest(found)


def _priority_words(group: _Group, place: int, obr: Segment | None) -> Iterator[tuple[int, list[str]]]:
    """Line, and in which words each place says it; first identifiers, then texts."""
    for after, timing in group.timings:
        if after in {0, place}:
            for one in timing.repetitions(9):
                yield timing.line, [one.text(part) for part in _PRIORITY_COMPONENTS]
    timed = [(group.orc, 7)] if group.orc else []
    timed += [(obr, 27)] if obr else []
    for segment, field_place in timed:
        for one in segment.repetitions(field_place):
            # The first component is a quantity; some write the priority there.
            yield segment.line, [one.text(6) or (one.text(1) if priority_of(one.text(1)) else "")]
    if obr is not None:
        yield obr.line, [obr.text(5)]
