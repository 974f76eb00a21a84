"""Two texts never share a key or a file; two spellings of one case number always share their key."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from leukoscope.domain.file_names import LONGEST_BYTES, file_stem
from leukoscope.domain.keys import case_key, fitted, tidy_number

NUMBERS = st.one_of(
    st.text(max_size=30),
    st.text("aAbB01-_./:\\ ~äÄßſıİKµ\u0301", max_size=12),
    st.from_regex(r"[A-Z]{2,4}[-/:. _]20\d\d[-/:. _]\d{3,14}", fullmatch=True),
    st.text("N", min_size=58, max_size=130),
)


def on_disk(name: str) -> tuple[str, str]:
    """What file systems without case of letters, or with composing of their own, make of a name."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
    return composed, unicodedata.normalize("NFC", name).upper()


@given(NUMBERS, NUMBERS)
@example("LAB:78", "LAB-78")
@example("2026/0417", "2026-0417")
@example("N" * 80, "N" * 81)
@example("a\u0131", "ai")
@example("A.", "A")
@example("LAB-78_BS2AMQKV3F", "LAB:78")
def test_two_numbers_never_share_a_file(one: str, other: str) -> None:
    assume(case_key(one) != case_key(other))
    first, second = (on_disk(file_stem(tidy_number(number))) for number in (one, other))
    assert first[0] != second[0]
    assert first[1] != second[1]


@given(NUMBERS, NUMBERS, st.sampled_from([16, 64, 199]))
@example("HEM-2026-11-28-000123", "HEM-2026-11-28-000124", 16)
@example("A\\B", "A＼B", 16)
@example("00123_VTGJYY6R55", "HEM-2026-11-28-000123", 16)
def test_two_numbers_never_share_a_short_field(one: str, other: str, longest: int) -> None:
    assume(case_key(one) != case_key(other))
    first, second = (fitted(tidy_number(number), longest, "\\") for number in (one, other))
    assert first != second
    assert len(first.encode()) <= longest
    assert "\\" not in first


@given(st.text())
def test_a_file_name_is_one_everywhere(text: str) -> None:
    name = file_stem(text)
    assert name
    assert name[0] not in " .-"
    assert name[-1] not in " ."
    assert len(name.encode()) <= LONGEST_BYTES
    assert not set(name) & set('<>:"/\\|?*')
    assert all(char.isprintable() for char in name)


@pytest.mark.parametrize("name", ["CON", "nul", "Aux.1", "com1", "LPT9.txt", "COM²", "con .x", "conin$"])
def test_a_device_of_windows_is_no_name(name: str) -> None:
    stem = file_stem(name)
    assert stem != name
    assert stem.split(".")[0].split("_")[0].casefold() != stem.casefold()


@pytest.mark.parametrize("number", ["2026-0417", "LAB-78", "Häm-1", "王 1", "S26.1234 (2)"])
def test_a_usual_number_stays_as_it_is(number: str) -> None:
    assert file_stem(number) == number
    assert fitted(number, 64, "\\") == number


def test_no_number_ends_as_a_file_of_another_kind() -> None:
    """``X.fhir`` as JSON would lie where ``X`` lies as FHIR."""
    assert f"{file_stem('X.fhir')}.json" != f"{file_stem('X')}.fhir.json"


@pytest.mark.parametrize(
    "spelling",
    ["häm-1 x", "HÄM-1 X", "Ha\u0308m-1 x", " Häm-1  x\r", "\x02Häm-1\tx\x03", "Häm\u200b-1\u00a0x", "\ufeffHäm-1 x"],
)
def test_every_spelling_of_a_number_has_one_key(spelling: str) -> None:
    assert case_key(spelling) == case_key("Häm-1 x")


@pytest.mark.parametrize("other", ["Häm-1x", "Häm-1 y", "Ham-1 x", "Häm-1-x", "Häm_1 x"])
def test_another_number_has_another_key(other: str) -> None:
    assert case_key(other) != case_key("Häm-1 x")


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    key = case_key(text)
    assert case_key(key) == key
    assert case_key(tidy_number(text)) == key
    assert tidy_number(tidy_number(text)) == tidy_number(text)
