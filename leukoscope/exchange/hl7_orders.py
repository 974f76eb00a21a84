"""Orders from the hospital's system: HL7 v2 ORM^O01 messages in a file become headers of new Cases."""

from __future__ import annotations

from dataclasses import dataclass

import hl7

from leukoscope.domain.cases import CaseHeader, Priority
from leukoscope.domain.errors import ExchangeError

_PRIORITIES = {"S": Priority.STAT, "A": Priority.URGENT, "R": Priority.ROUTINE}
"""HL7 table 0027 (ORC-7, TQ1-9): stat, as soon as possible, routine."""


@dataclass(frozen=True)
class LabOrder:
    """One case that is asked for."""

    header: CaseHeader
    priority: Priority = Priority.ROUTINE


def read_orders(text: str) -> tuple[LabOrder, ...]:
    """Read every order of a file of HL7 messages.

    Parameters
    ----------
    text
        One or more messages; each begins with ``MSH``. Other messages than ORM^O01 are left out.

    Raises
    ------
    ExchangeError
        When it is no HL7, or an order has no number.
    """
    orders: list[LabOrder] = []
    for part in _messages(text):
        try:
            message = hl7.parse(part)
            if str(message.segment("MSH")[9][0][0]) == "ORM":
                orders.extend(_orders_of(message))
        except (hl7.HL7Exception, KeyError, IndexError) as error:
            raise ExchangeError("This is no list of HL7 orders; choose another file.", type(error).__name__) from error
    return tuple(orders)


def _messages(text: str) -> list[str]:
    lines = text.replace("\r\n", "\r").replace("\n", "\r").strip("\x0b\x1c\r ").split("\r")
    messages: list[list[str]] = []
    for line in (one.strip("\x0b\x1c") for one in lines):
        if line.startswith("MSH"):
            messages.append([])
        elif line and not messages:
            raise ExchangeError("This is no list of HL7 orders; choose another file.", "no MSH at the start")
        if line:
            messages[-1].append(line)
    return ["\r".join(lines) + "\r" for lines in messages]


def _orders_of(message: hl7.Message) -> list[LabOrder]:
    patient = patient_id = ""
    found: list[LabOrder] = []
    common = ""
    priority = Priority.ROUTINE
    for segment in message:
        name = str(segment[0])
        if name == "PID":
            patient, patient_id = _person(message, segment, 5), _field(message, segment, 3)
        elif name == "ORC":
            common, priority = _field(message, segment, 3) or _field(message, segment, 2), _priority(message, segment)
        elif name == "OBR":
            number = _field(message, segment, 3) or _field(message, segment, 2) or common
            if not number:
                raise ExchangeError("An order has no number; ask who made the file.", "OBR-2, OBR-3 and ORC empty")
            specimen = _field(message, segment, 15)
            found.append(LabOrder(CaseHeader(number, patient, specimen, patient_id=patient_id), priority))
    return found


def _field(message: hl7.Message, segment: hl7.Segment, place: int, component: int = 0) -> str:
    if place >= len(segment) or not str(segment[place]):
        return ""
    repetition = segment[place][0]
    part = repetition if isinstance(repetition, str) else repetition[component] if component < len(repetition) else ""
    return str(message.unescape(str(part))).strip()


def _person(message: hl7.Message, segment: hl7.Segment, place: int) -> str:
    """Family name, given name: as a person writes them on a list."""
    return ", ".join(part for part in (_field(message, segment, place, one) for one in (0, 1)) if part)


def _priority(message: hl7.Message, segment: hl7.Segment) -> Priority:
    """ORC-7, sixth component."""
    return _PRIORITIES.get(_field(message, segment, 7, 5).upper()[:1], Priority.ROUTINE)
