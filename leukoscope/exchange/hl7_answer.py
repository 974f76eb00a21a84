"""Answers to messages of other systems: ACK of the original and the enhanced mode (HL7 v2.5.1, 2.9.2 and 2.9.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from leukoscope.exchange.hl7_ack import END, START
from leukoscope.exchange.hl7_incoming import MEANINGS, Fault, Incoming

_QUOTES = str.maketrans({"“": "'", "”": "'", "’": "'", "\r": " ", "\n": " "})
_VERSIONS = frozenset(
    {"2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2"}
)
"""An answer says the version of the message, where there is such a one."""
_WITH_STRUCTURE = frozenset({"2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2"})


def answers(read: Incoming, fault: Fault | None, name: str, at: datetime) -> bytes:
    """Everything that is said to a message, between MLLP's marks; empty where the sender wants no answer.

    Parameters
    ----------
    read
        The message.
    fault
        Why it is not taken; ``None`` says that it is kept here and will be carried out.
    name
        By which this answer is known: the same for a repetition of the message.
    at
        When the message was taken.
    """
    if read.is_answer:
        return b""
    enhanced = bool(read.accept or read.application)
    if not enhanced:
        return _block(read, "A" + _letter(fault), fault, name, at)
    said = b""
    if _wanted(read.accept, fault):
        said += _block(read, "C" + _letter(fault), fault, name, at)
    # After a refusal at the door the application never sees the message; it says so only where the door is silent.
    if _wanted(read.application, fault) and (fault is None or not said):
        said += _block(read, "A" + _letter(fault), fault, f"{name}A", at)
    return said


def _wanted(condition: str, fault: Fault | None) -> bool:
    """Table 0155: always, never, on errors only, on success only; what is empty beside the other one is never."""
    return condition == "AL" or (condition == "ER" and fault is not None) or (condition == "SU" and fault is None)


def _letter(fault: Fault | None) -> str:
    if fault is None:
        return "A"
    return "R" if fault.rejects else "E"


def _block(read: Incoming, code: str, fault: Fault | None, name: str, at: datetime) -> bytes:
    marks = read.message.separators
    between, part = marks["FIELD"], marks["COMPONENT"]
    four = "".join(marks[one] for one in ("COMPONENT", "REPETITION", "ESCAPE", "SUBCOMPONENT"))
    version = read.version if read.version in _VERSIONS else "2.5.1"
    event = read.kind.partition("^")[2]
    kind = part.join(("ACK", event, "ACK") if event and version in _WITH_STRUCTURE else ("ACK", event)).rstrip(part)
    moment = at.astimezone().strftime("%Y%m%d%H%M%S%z")
    enhanced = bool(read.accept or read.application)
    head = ["MSH", four, *read.receiver, *read.sender, moment, "", kind, name, "P", version]
    head += ["", "", "NE", "NE", "", "UNICODE UTF-8"] if enhanced else ["", "", "", "", "", "UNICODE UTF-8"]
    words = "" if fault is None else _plain(fault.sentence, marks.values())
    lines = [between.join(head), between.join(("MSA", code, read.control, words)).rstrip(between)]
    if fault is not None:
        coded = part.join((fault.code.value, MEANINGS[fault.code], "HL70357"))
        place = fault.place.replace("^", part)
        lines.append(between.join(("ERR", "", place, coded, "E", "", "", "", words)))
    text = "".join(f"{line}\r" for line in lines)
    return START + text.encode("utf-8", "replace").replace(START, b" ").replace(END, b" ") + END + b"\r"


def _plain(sentence: str, marks: Iterable[str]) -> str:
    """A sentence in which nothing looks like a separator."""
    text = sentence.translate(_QUOTES)
    for mark in marks:
        if mark.strip():
            text = text.replace(mark, " ")
    return text
