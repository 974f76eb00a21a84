"""Dates of birth and sexes, as people and other systems write them."""

from __future__ import annotations

from datetime import date

import pytest

from leukoscope.domain.patients import age_at, birth_date_of, sex_of

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        ("1960-12-24", "1960-12-24"),
        (" 1960-2-4 ", "1960-02-04"),
        ("19601224", "1960-12-24"),
        ("196012", "1960-12"),
        ("24.12.1960", "1960-12-24"),
        ("24. 12. 1960", "1960-12-24"),
        ("24/12/1960", "1960-12-24"),
        ("12/24/1960", "1960-12-24"),
        ("05/05/1960", "1960-05-05"),
        ("1960", "1960"),
        ("1960-12", "1960-12"),
        ("05/06/1960", None),
        ("1960-13-01", None),
        ("30.02.1960", None),
        ("1760-01-01", None),
        ("2026-11-24", None),
        ("yesterday", None),
    ],
)
def test_dates_of_birth_have_one_form(text: str, told: str | None) -> None:
    assert birth_date_of(text, TODAY) == told


def test_the_age_is_told_only_where_the_day_is_known() -> None:
    assert age_at("1960-11-23", TODAY) == 66
    assert age_at("1960-11-24", TODAY) == 65
    assert age_at("1960-11", TODAY) is None
    assert age_at("2027-01-01", TODAY) is None


@pytest.mark.parametrize(
    ("word", "sex"),
    [("F", "female"), ("weiblich", "female"), ("M", "male"), ("divers", "other"), ("U", "unknown"), ("7", "")],
)
def test_sexes_have_one_word(word: str, sex: str) -> None:
    assert sex_of(word) == sex
