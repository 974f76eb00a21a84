"""Changes of patients from the hospital's system: ADT^A08 (who somebody is), ADT^A40 (two records are one person)."""

from __future__ import annotations

from dataclasses import dataclass, field

from leukoscope.exchange import hl7_patient
from leukoscope.exchange.hl7_charsets import is_readable
from leukoscope.exchange.hl7_files import RawMessage
from leukoscope.exchange.hl7_segments import EMPTY, Segment
from leukoscope.exchange.orders import BIRTH_DATE_UNREAD, SEX_UNREAD, Remark

CHANGES = frozenset({"ADT^A08", "ADT^A40"})
_READ = frozenset({"MSH", "PID", "MRG"})


@dataclass(frozen=True)
class PatientChange:
    """What is said of one patient.

    Parameters
    ----------
    patient_id
        By which the hospital knows the patient from now on.
    former
        Numbers that are this patient's too, and no longer used.
    said
        Fields of the header with what they are to hold; an empty text where the sender says that it is empty.
    line
        Where it stands, from 1.
    """

    patient_id: str
    former: tuple[str, ...] = ()
    said: dict[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class ChangeList:
    """What a message says of patients, why something of it cannot be taken, and what else is to be said of it."""

    changes: tuple[PatientChange, ...] = ()
    refused: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()


def is_change(kind: str) -> bool:
    """Whether a type of message (MSH-9) is one that is read here."""
    return kind in CHANGES


def read_change(message: RawMessage) -> ChangeList:
    """Read what a message says of patients; never raises.

    Parameters
    ----------
    message
        Of a kind for which :func:`is_change` holds.
    """
    try:
        segments = [Segment(line, message) for line in message.lines if line.name in _READ]
        return _read(segments, message, merges=any("A40" in segments[0].text(9, part) for part in (2, 3)))
    except (ValueError, LookupError) as error:
        sentence = "This message breaks the rules of HL7; ask who made it."
        return ChangeList(refused=(Remark(message.line, "", sentence, type(error).__name__),))


def _read(segments: list[Segment], message: RawMessage, merges: bool) -> ChangeList:
    assigner = segments[0].text(4)
    pairs = [
        (pid, [one for one in _until_next(segments[place + 1 :]) if one.name == "MRG"])
        for place, pid in enumerate(segments)
        if pid.name == "PID"
    ]
    changes: list[PatientChange] = []
    refused: list[Remark] = []
    notes: list[Remark] = []
    if not pairs:
        refused.append(
            Remark(message.line, "", "The message tells of no patient (PID); it may be cut off.", "no order")
        )
    for pid, merged in pairs:
        known = hl7_patient.patient_id(pid, assigner)
        known = "" if known == EMPTY else known
        former = tuple(
            dict.fromkeys(number for one in merged if (number := _former(one, assigner)) and number != known)
        )
        said = _said(pid)
        if not known:
            sentence = "None of the patient’s identifiers (PID-3) is the hospital’s own; nobody knows who is meant."
            refused.append(Remark(pid.line, "", sentence, "no patient"))
        elif merges and not former:
            sentence = "The number that is given up is not there (MRG-1)."
            refused.append(Remark(pid.line, "", sentence, "no former patient"))
        elif not all(is_readable(text) for text in (known, *former, *said.values())):
            refused.append(Remark(pid.line, "", message.unreadable, "letters"))
        else:
            changes.append(PatientChange(known, former if merges else (), said, pid.line))
        for unread, sentence in ((hl7_patient.birth_date, BIRTH_DATE_UNREAD), (hl7_patient.sex, SEX_UNREAD)):
            if unread(pid) is None:
                notes.append(Remark(pid.line, "", sentence, "unread"))
    return ChangeList(tuple(changes), tuple(refused), tuple(notes))


def _until_next(segments: list[Segment]) -> list[Segment]:
    """What belongs to a PID: all up to the next one."""
    end = next((place for place, one in enumerate(segments) if one.name == "PID"), len(segments))
    return segments[:end]


def _former(merged: Segment, assigner: str) -> str:
    """MRG-1, chosen as PID-3 is; MRG-4 or MRG-2 in what older versions send."""
    found = hl7_patient.patient_id(_AsPid(merged), assigner)
    return "" if found == EMPTY else found


class _AsPid(Segment):
    """MRG with its list of identifiers where PID has its own."""

    def __init__(self, merged: Segment) -> None:
        self.__dict__.update(merged.__dict__)
        said = self._fields
        self._fields = ["PID", "", "", *said[1:2]]


def _said(pid: Segment) -> dict[str, str]:
    """What the message says of the patient; what it leaves out stays as it is."""
    found = {
        "patient": hl7_patient.patient_name(pid),
        "birth_date": hl7_patient.birth_date(pid) or "",
        "sex": hl7_patient.sex(pid) or "",
    }
    return {name: "" if text == EMPTY else text for name, text in found.items() if text}
