"""What the header of an image file says of patient and specimen: offered for its case, never taken by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.keys import case_key

OF_THE_PATIENT = ("patient", "patient_id", "birth_date", "sex")
"""Two files that differ in one of these are of two people, as far as they say."""


@dataclass(frozen=True)
class StatedHeader:
    """What a file says; empty where it says nothing.

    Parameters
    ----------
    number
        The accession number, by which the laboratory knows the order.
    patient, patient_id, birth_date, sex
        As :class:`leukoscope.domain.cases.CaseHeader` has them.
    """

    number: str = ""
    patient: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""

    def __bool__(self) -> bool:
        return bool(self.number or self.patient or self.patient_id or self.birth_date or self.sex)

    def fields(self) -> dict[str, str]:
        """What it says, by the names of a case header's fields, in the order of its form."""
        every = {name: str(getattr(self, name)) for name in ("number", *OF_THE_PATIENT)}
        return {name: value for name, value in every.items() if value}


def new_of(stated: StatedHeader, header: CaseHeader) -> tuple[str, ...]:
    """Names of the fields that a file says and that the case has not, or has otherwise."""
    return tuple(name for name, value in stated.fields().items() if not _same(name, value, str(getattr(header, name))))


def contradictions(stated: StatedHeader, header: CaseHeader) -> tuple[str, ...]:
    """Names of the fields that say that a file is of another patient than the case.

    Sex that a file calls unknown says nothing, and a date of birth that is known to the year only is no other one.
    """
    return tuple(
        name
        for name in new_of(stated, header)
        if name in OF_THE_PATIENT and getattr(header, name) and not _says_less(name, stated, header)
    )


def filled(header: CaseHeader, stated: StatedHeader, names: tuple[str, ...]) -> CaseHeader:
    """The header with these fields as the file says them."""
    said = stated.fields()
    return replace(header, **{name: said[name] for name in names if name in said})


def _same(name: str, one: str, other: str) -> bool:
    if name in {"birth_date", "sex"}:
        return one == other
    form = _plain if name == "patient" else case_key
    return form(one) == form(other)


def _plain(name: str) -> str:
    """A name whatever its order, commas, and letters: lists write Doe, Jane and headers Jane Doe."""
    return " ".join(sorted(case_key(name).replace(",", " ").split()))


def _says_less(name: str, stated: StatedHeader, header: CaseHeader) -> bool:
    if name == "sex":
        return "unknown" in {stated.sex, header.sex}
    short, long = sorted((stated.birth_date, header.birth_date), key=len)
    return name == "birth_date" and long.startswith(short)
