"""What a file says of the patient is compared with the case as a person would: spelling and order are no difference."""

from __future__ import annotations

import pytest

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.stated import StatedHeader, contradictions, filled, new_of

HEADER = CaseHeader("A-1", "Doe, Jane", patient_id="4711", birth_date="1960-12-24", sex="female")


@pytest.mark.parametrize(
    ("stated", "new", "other"),
    [
        (StatedHeader("a-1", "DOE, JANE", "4711", "1960-12-24", "female"), (), ()),
        (StatedHeader(patient="Jane Doe"), (), ()),
        (StatedHeader(patient="Doe, John"), ("patient",), ("patient",)),
        (StatedHeader(patient_id="4712"), ("patient_id",), ("patient_id",)),
        (StatedHeader(birth_date="1961-12-24"), ("birth_date",), ("birth_date",)),
        (StatedHeader(birth_date="1960"), ("birth_date",), ()),
        (StatedHeader(sex="unknown"), ("sex",), ()),
        (StatedHeader(sex="male"), ("sex",), ("sex",)),
        (StatedHeader(number="B-9"), ("number",), ()),
    ],
)
def test_what_is_new_and_what_is_of_another_patient(
    stated: StatedHeader, new: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert new_of(stated, HEADER) == new
    assert contradictions(stated, HEADER) == other
    assert contradictions(stated, CaseHeader("A-1")) == (), "an empty field is of nobody else"


def test_only_what_is_named_is_written() -> None:
    stated = StatedHeader("B-9", "Roe, Max", "99", "1970-01-01", "male")
    assert filled(HEADER, stated, ("birth_date",)) == CaseHeader(
        "A-1", "Doe, Jane", patient_id="4711", birth_date="1970-01-01", sex="female"
    )
    assert not StatedHeader() and stated
