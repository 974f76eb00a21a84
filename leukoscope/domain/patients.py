"""What a lab knows of a patient beside name and number: date of birth and sex, in one form for every format."""

from __future__ import annotations

import re
from datetime import date

FEMALE, MALE, OTHER, UNKNOWN = "female", "male", "other", "unknown"
SEXES = (FEMALE, MALE, OTHER, UNKNOWN)
"""FHIR's administrative gender; an empty text says that nobody has written it."""
EARLIEST_YEAR = 1850
"""What is earlier is a slip of the keyboard."""

_ISO = re.compile(r"(?P<y>\d{4})(?:-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?)?")
_TIGHT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})?")
_DOTTED = re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})")
_SLASHED = re.compile(r"(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4})")
_WORDS = {
    FEMALE: ("f", "female", "w", "weiblich", "frau", "femme", "féminin", "mujer", "femenino"),
    MALE: ("m", "male", "männlich", "mann", "homme", "masculin", "h", "hombre", "masculino"),
    OTHER: ("o", "other", "d", "divers", "a", "ambiguous", "x", "autre", "otro"),
    UNKNOWN: ("u", "unknown", "unbekannt", "inconnu", "desconocido"),
}


def birth_date_of(text: str, today: date) -> str | None:
    """A date of birth in the form of ISO 8601, as exact as it was written: ``1960-12-24``, ``1960-12``, ``1960``.

    Parameters
    ----------
    text
        As a person or another system wrote it. Day and month between slashes are taken only where one of them can be
        no month.
    today
        Nobody is born after it.

    Returns
    -------
    str or None
        Empty for an empty text; ``None`` where it is no date, or nobody can know which.
    """
    text = text.strip()
    if not text:
        return ""
    for form in (_ISO, _TIGHT, _DOTTED):
        if found := form.fullmatch(text):
            return _checked(found["y"], found["m"], found["d"], today)
    found = _SLASHED.fullmatch(text)
    if found is None:
        return None
    first, second = int(found["a"]), int(found["b"])
    if (first > 12) == (second > 12) and first != second:
        return None
    day, month = (first, second) if first > 12 else (second, first)
    return _checked(found["y"], str(month), str(day), today)


def _checked(year: str, month: str | None, day: str | None, today: date) -> str | None:
    try:
        told = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    if told.year < EARLIEST_YEAR or told > today:
        return None
    return told.isoformat()[: 4 if month is None else 7 if day is None else 10]


def age_at(birth_date: str, day: date) -> int | None:
    """Whole years of life on a day; ``None`` where the date of birth is not known to the day."""
    try:
        born = date.fromisoformat(birth_date) if len(birth_date) == 10 else None
    except ValueError:
        return None
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def sex_of(text: str) -> str:
    """One of ``SEXES`` for a word or letter of HL7, DICOM or a list; empty where it is none."""
    word = text.strip().casefold()
    return next((sex for sex in SEXES if word in _WORDS[sex]), "")
