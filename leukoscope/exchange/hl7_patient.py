"""Who the patient of an order is: the medical record number among the identifiers, the name among the names."""

from __future__ import annotations

from datetime import date

from hl7apy.v2_5_1.tables import TABLES

from leukoscope.domain.patients import birth_date_of, sex_of
from leukoscope.exchange.hl7_segments import EMPTY, Repetition, Segment

_WANTED = ("MR", "PI", "", "PT", "MRT", "PN", "U")
"""Types of identifiers (table 0203) that can stand for the patient in a hospital, the best first."""
_NEVER = frozenset((*TABLES["HL70203"][1], "SSN", "NIR", "INS", "KVNR", "GKV", "DNI"))
"""Types that table 0203 knows as another number, and common ones of national registers. What a hospital calls otherwise
is its own."""
_OTHER_NAMES = frozenset({"A", "B", "C", "M", "N", "S", "T"})
"""Types of names (table 0200) that are not the one by which a patient is called: alias, birth, maiden, nickname ..."""


def patient_id(pid: Segment, assigner: str) -> str:
    """The number by which the hospital knows the patient; ``""`` where the sender says that there is none.

    Parameters
    ----------
    pid
        Segment PID.
    assigner
        Who sent the message (MSH-4): its own number comes before one of somebody else.
    """
    best: tuple[tuple[int, bool], str] | None = None
    for one in pid.repetitions(3):
        rank = _rank(one.text(5))
        if rank is None or not one.text(1):
            continue
        key = (rank, assigner not in {one.text(4), one.text(6)} or not assigner)
        if best is None or key < best[0]:
            best = key, one.text(1)
    if best is not None:
        return best[1]
    # What older versions have: the external and the alternate number.
    for place in (2, 4):
        for one in pid.repetitions(place):
            if one.text(1) and _rank(one.text(5)) is not None:
                return one.text(1)
    return EMPTY if pid.raw(3) == EMPTY else ""


def has_other_identifier(pid: Segment) -> bool:
    """Whether identifiers are there of which none is the hospital's: a social security number and the like."""
    return any(one.text(1) for one in pid.repetitions(3))


def patient_name(pid: Segment) -> str:
    """``Family, Given`` as a person writes it on a list; ``""`` where the sender says that it is empty."""
    names = pid.repetitions(5)
    if not names:
        return ""
    chosen = next(
        (one for one in names if one.text(7) == "L"),
        next((one for one in names if one.text(7) not in _OTHER_NAMES), names[0]),
    )
    whole = ", ".join(part for part in (_family(chosen), chosen.text(2)) if part)
    return whole or (EMPTY if EMPTY in {chosen.raw(1), chosen.raw(2)} else "")


def birth_date(pid: Segment) -> str | None:
    """PID-7 in the form of ISO 8601; ``None`` where it is no date of birth."""
    # The parser makes a moment of a whole date, with hyphens; what else it finds it leaves as it was sent.
    day = pid.text(7).partition(" ")[0]
    return EMPTY if pid.raw(7) == EMPTY else birth_date_of(day if "-" in day else day[:8], date.today())


def sex(pid: Segment) -> str | None:
    """PID-8, as one of ``leukoscope.domain.patients.SEXES``; ``None`` where it is none."""
    said = pid.text(8)
    if pid.raw(8) == EMPTY:
        return EMPTY
    return sex_of(said) or (None if said else "")


def _rank(kind: str) -> int | None:
    """Smaller is better; ``None`` for an identifier that is not the hospital's number of the patient."""
    if kind in _WANTED:
        return _WANTED.index(kind)
    return None if kind.upper() in _NEVER else len(_WANTED)


def _family(name: Repetition) -> str:
    """FN: the surname; from its parts (own prefix and name, those of the partner) where only they are there."""
    if name.text(1, 1):
        return name.text(1, 1)
    own = " ".join(part for part in (name.text(1, 2), name.text(1, 3)) if part)
    partner = " ".join(part for part in (name.text(1, 4), name.text(1, 5)) if part)
    return "-".join(part for part in (own, partner) if part)
