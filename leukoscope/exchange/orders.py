"""Orders as every list of them is understood: what to begin, change or cancel, and what could not be taken."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from leukoscope.domain.cases import CaseHeader, Priority

BIRTH_DATE_UNREAD = "The date of birth cannot be read; it stays empty. Write it on the case."
SEX_UNREAD = "The sex of the patient cannot be read; it stays empty. Write it on the case."


class Act(StrEnum):
    """What an order asks for."""

    BEGIN = "begin"
    CHANGE = "change"
    CANCEL = "cancel"


@dataclass(frozen=True)
class LabOrder:
    """One case that is asked for, or what shall happen to it.

    Parameters
    ----------
    header
        What the sender says; a field that is empty was not said, unless it stands in ``cleared``.
    priority
        ``None`` when nothing is said of it.
    act
        What to do.
    line
        Line of the file where the order stands, from 1.
    others
        Other numbers by which the sender may have named the same case before.
    cleared
        Names of header fields that the sender says are empty.
    placer
        The sender's own number of the order, as HL7 writes it (EI: number, who gave it); goes back with the result.
    """

    header: CaseHeader
    priority: Priority | None = None
    act: Act = Act.BEGIN
    line: int = 0
    others: tuple[str, ...] = ()
    cleared: frozenset[str] = frozenset()
    placer: str = ""


@dataclass(frozen=True)
class Remark:
    """Something in a list that a person has to know.

    Parameters
    ----------
    line
        Line of the file, from 1; 0 when it concerns the whole file.
    number
        Case number as far as it is known.
    sentence
        What is the matter, for a technician. It may quote the file, so it never goes to a log.
    kind
        One or two words for the log, without patient data.
    """

    line: int
    number: str
    sentence: str
    kind: str


@dataclass(frozen=True)
class OrderList:
    """A list as it was understood.

    Parameters
    ----------
    orders
        In the order of the file.
    refused
        One for each order that cannot be taken.
    notes
        What else is to be said of the file; costs no order.
    """

    orders: tuple[LabOrder, ...] = ()
    refused: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()


_STAT = (
    "stat", "s", "emergency", "emerg", "immediate", "immediately", "critical", "vital", "cito", "notfall",
    "notfallmäßig",
    "sofort", "lebensbedrohlich", "urgence", "urgence vitale", "vitale", "immédiat", "immédiate", "emergencia",
    "inmediato", "inmediata",
)  # fmt: skip
_URGENT = (
    "urgent", "u", "asap", "a", "as soon as possible", "high", "rush", "priority", "preop", "p", "c", "callback", "t",
    "timing critical", "dringend", "dringlich", "eilig", "eilt", "eilfall", "hoch", "präop", "express", "pressant",
    "prioritaire",
    "urgente", "haute", "alta", "prioritario", "preferente", "urgencia", "très urgent",
)  # fmt: skip
_ROUTINE = (
    "routine", "r", "normal", "normale", "standard", "regular", "regulär", "low", "elective", "elektiv", "planned",
    "prn",
    "not urgent", "nicht dringend", "niedrig", "courant", "non urgent", "pas urgent", "basse", "rutina", "rutinaria",
    "rutinario", "no urgente", "baja", "ordinaria", "programado", "programmé", "geplant",
)  # fmt: skip


def folded(text: str) -> str:
    """A word as it is compared: without case, accents and punctuation around it."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    return " ".join("".join(one if one.isalnum() else " " for one in bare).split())


_WORDS = {
    folded(word): priority
    for priority, words in ((Priority.STAT, _STAT), (Priority.URGENT, _URGENT), (Priority.ROUTINE, _ROUTINE))
    for word in words
}
_SOONEST = (Priority.STAT, Priority.URGENT, Priority.ROUTINE)


def priority_of(word: str) -> Priority | None:
    """How soon a word means, in English, German, French or Spanish, or a code of HL7 tables 0027 and 0485.

    Returns
    -------
    Priority or None
        ``None`` for a word that is not known: it may mean anything, so nobody guesses.
    """
    key = folded(word)
    if len(key) > 1 and key[0] == "t" and key[-1].isdigit():
        # TS10, TM30, TH2, TD1 ...: timing critical, within so many seconds, minutes, hours, days.
        return Priority.URGENT if key[1] in "smhdwl" and key[2:].isdigit() else None
    return _WORDS.get(key)


def soonest(priorities: list[Priority]) -> Priority | None:
    """The most urgent of several; ``None`` of none."""
    return min(priorities, key=_SOONEST.index, default=None)


def unknown_priority(line: int, number: str, word: str) -> Remark:
    """An order whose priority is not understood: it is not taken, rather than taken as routine."""
    return Remark(line, number, f"The priority “{word}” is not known; write stat, urgent or routine.", "priority")
