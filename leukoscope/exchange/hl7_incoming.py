"""A message that another system sends here: who sends what, which answers it wants, what is wrong with it at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from leukoscope.exchange.hl7_adt import is_change, read_change
from leukoscope.exchange.hl7_files import RawMessage, read_messages
from leukoscope.exchange.hl7_orders import is_order, kind_of, orders_of
from leukoscope.exchange.orders import Remark

ORDER_KINDS = frozenset({"ORM^O01", "OML^O21", "OML^O33", "OMG^O19"})
"""Messages of orders that are taken from a line."""
_LONGEST = 199
"""Of a control number that is read."""


class Code(StrEnum):
    """Conditions of table 0357 that are told."""

    SEQUENCE = "100"
    MISSING = "101"
    DATA = "102"
    NOT_IN_TABLE = "103"
    TYPE = "200"
    EVENT = "201"
    PROCESSING = "202"
    VERSION = "203"
    DUPLICATE = "205"
    INTERNAL = "207"


MEANINGS = {
    Code.SEQUENCE: "Segment sequence error", Code.MISSING: "Required field missing", Code.DATA: "Data type error",
    Code.NOT_IN_TABLE: "Table value not found", Code.TYPE: "Unsupported message type",
    Code.EVENT: "Unsupported event code", Code.PROCESSING: "Unsupported processing id",
    Code.VERSION: "Unsupported version id", Code.DUPLICATE: "Duplicate key identifier",
    Code.INTERNAL: "Application internal error",
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Why a message is not taken.

    Parameters
    ----------
    sentence
        What is wrong and what to do; it may quote the message, so it never goes to a log.
    code
        What kind of fault it is.
    place
        Where it stands, as ERR-2 has it: segment, its sequence, field.
    rejects
        Whether nothing of this kind can be taken (AR), and not this one message only (AE).
    """

    sentence: str
    code: Code = Code.SEQUENCE
    place: str = ""
    rejects: bool = False


@dataclass(frozen=True)
class Incoming:
    """One message as it came.

    Parameters
    ----------
    message
        Taken apart into lines.
    sender
        Application and facility (MSH-3, MSH-4), as they were sent.
    receiver
        For whom it is (MSH-5, MSH-6).
    control
        MSH-10.
    kind
        MSH-9, as ``ORM^O01``.
    version
        MSH-12.
    accept, application
        MSH-15 and MSH-16: which answers are wanted. Both are empty in the original mode.
    digest
        Of everything but MSH, which a sender may write anew when it repeats a message.
    fault
        What is wrong with it, without looking at any case.
    """

    message: RawMessage
    sender: tuple[str, str]
    receiver: tuple[str, str]
    control: str
    kind: str
    version: str
    accept: str
    application: str
    digest: bytes
    fault: Fault | None = None

    @property
    def is_answer(self) -> bool:
        """Whether it is an acknowledgement itself, which nobody answers."""
        return self.kind.partition("^")[0] == "ACK"


def incoming(body: bytes) -> Incoming:
    """Read a message; what is wrong with it stands in ``fault``.

    Parameters
    ----------
    body
        Between MLLP's marks, or of a file that holds this message only.
    """
    messages, _ = read_messages(body)
    message = messages[0] if messages else RawMessage(1, fault="There is no message between the marks.")
    separators = message.separators
    head = message.lines[0].text if message.lines else ""
    fields = [separators["FIELD"], *head.split(separators["FIELD"])]

    def field(place: int) -> str:
        return fields[place].strip() if place < len(fields) else ""

    rest = "\r".join(line.text for line in message.lines[1:]).encode("utf-8", "surrogatepass")
    read = Incoming(
        message,
        (field(3), field(4)),
        (field(5), field(6)),
        field(10)[:_LONGEST],
        kind_of(message),
        field(12).split(separators["COMPONENT"])[0],
        field(15).upper(),
        field(16).upper(),
        hashlib.sha256(rest or body).digest(),
    )
    fault = _of_lines(messages) or _of_head(read, field(11)) or _of_content(read)
    return replace(read, fault=fault)


def _of_lines(messages: tuple[RawMessage, ...]) -> Fault | None:
    if not messages or messages[0].fault:
        sentence = messages[0].fault if messages else "There is no message between the marks."
        return Fault(sentence, Code.SEQUENCE, "MSH^1", rejects=True)
    if len(messages) > 1:
        sentence = messages[1].fault or "Several messages stand between two marks; send each between its own."
        return Fault(sentence, Code.SEQUENCE, "MSH^2", rejects=True)
    return None


def _of_head(read: Incoming, processing: str) -> Fault | None:
    if not read.control:
        return Fault("The message has no control number (MSH-10).", Code.MISSING, "MSH^1^10", rejects=True)
    if processing[:1].upper() in {"T", "D"}:
        sentence = "This is a message of a test (MSH-11); nothing of it is taken. Send P in MSH-11."
        return Fault(sentence, Code.PROCESSING, "MSH^1^11", rejects=True)
    if read.version and not read.version.startswith("2."):
        return Fault("Only HL7 version 2 is taken (MSH-12).", Code.VERSION, "MSH^1^12", rejects=True)
    if read.is_answer or read.kind in ORDER_KINDS or is_change(read.kind):
        return None
    if not read.kind:
        return Fault("The message does not say what it is (MSH-9).", Code.MISSING, "MSH^1^9", rejects=True)
    known = is_order(read.kind) or read.kind.startswith("ADT")
    taken = "ORM^O01, OML^O21, OML^O33, OMG^O19, ADT^A08, ADT^A40"
    sentence = f"Messages {read.kind.replace('^', ' ')[:20]} are not taken here; these are: {taken.replace('^', ' ')}."
    return Fault(sentence, Code.EVENT if known else Code.TYPE, "MSH^1^9", rejects=True)


def _of_content(read: Incoming) -> Fault | None:
    if read.is_answer:
        return None
    if is_change(read.kind):
        refused = read_change(read.message).refused
        return fault_of(refused[0], read.message) if refused else None
    refused = orders_of((read.message,)).refused
    return fault_of(refused[0], read.message) if refused else None


_BY_KIND = {
    "no number": (Code.MISSING, "ORC", "2"), "two numbers": (Code.DATA, "ORC", "2"),
    "letters": (Code.DATA, "MSH", "18"),
    "priority": (Code.NOT_IN_TABLE, "", ""), "control": (Code.NOT_IN_TABLE, "ORC", "1"),
    "no detail": (Code.SEQUENCE, "OBR", ""), "no order": (Code.SEQUENCE, "ORC", ""),
    "no patient": (Code.MISSING, "PID", "3"), "no former patient": (Code.MISSING, "MRG", "1"),
}  # fmt: skip


def fault_of(remark: Remark, message: RawMessage) -> Fault:
    """What an order was refused for, with the place where it stands."""
    code, name, place = _BY_KIND.get(remark.kind, (Code.SEQUENCE, "", ""))
    at = next((line.name for line in message.lines if line.number == remark.line), "MSH")
    name = name or at
    same = [line for line in message.lines if line.name == name]
    sequence = next((index for index, line in enumerate(same, start=1) if line.number >= remark.line), 1)
    where = "^".join(part for part in (name, str(sequence), place) if part)
    return Fault(remark.sentence, code, where)
