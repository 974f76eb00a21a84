from __future__ import annotations

import base64

import hl7
import pytest

from leukoscope.domain.cases import CaseHeader
from leukoscope.exchange.hl7_message import escape, oru_message, unescape
from leukoscope.exchange.parcel import PURPOSE
from tests.unit.exchange import builders


def test_a_message_has_the_segments_of_an_oru_in_their_order() -> None:
    message = hl7.parse(oru_message(builders.parcel(), "id-1", "LIS^Hospital"))
    names = [str(segment[0]) for segment in message]
    assert names[:3] == ["MSH", "PID", "OBR"]
    assert names[-1] == "SPM"
    assert set(names[3:-1]) == {"NTE", "OBX"}
    header = message.segment("MSH")
    assert [str(header[place]) for place in (3, 5, 6, 9, 10, 12, 18)] == [
        "LeukoScope",
        "LIS",
        "Hospital",
        "ORU^R01^ORU_R01",
        "id-1",
        "2.5.1",
        "UNICODE UTF-8",
    ]
    assert str(message.segment("PID")[5]) == "Doe^Jane"
    assert str(message.segment("NTE")[3]) == PURPOSE


def test_figures_and_the_pdf_are_results() -> None:
    message = hl7.parse(oru_message(builders.parcel(), "id-1"))
    results = message.segments("OBX")
    assert [int(str(one[1])) for one in results] == list(range(1, len(results) + 1))
    by_code = {(str(one[3][0][0]), str(one[4])): one for one in results}
    assert str(by_code[("cells", "")][5]) == "6"
    assert str(by_code[("share-leukemic", "leukemic")][5]) == "33.33"
    assert str(by_code[("label-person", "5")][5][0][0]) == "healthy"
    pdf = by_code[("report-pdf", "")]
    assert str(pdf[2]) == "ED"
    assert base64.b64decode(str(pdf[5][0][4])) == b"%PDF-1.7 small"


@pytest.mark.parametrize(("amended", "status"), [(False, "F"), (True, "C")])
def test_signed_results_are_final_or_corrected(amended: bool, status: str) -> None:
    message = hl7.parse(oru_message(builders.parcel(builders.signed(builders.case(), amended)), "id-1"))
    assert str(message.segment("OBR")[25]) == status
    assert {str(one[11]) for one in message.segments("OBX")} == {status}
    notes = [unescape(str(one[3])) for one in message.segments("NTE")]
    assert any("Dr. Zoë Müller" in note for note in notes)
    assert any("smudge" in note for note in notes) is amended


@pytest.mark.parametrize("text", builders.WILD)
def test_any_text_arrives_as_it_is(text: str) -> None:
    assert unescape(escape(text)) == text
    header = CaseHeader("1", text, text, text, text, text)
    message = hl7.parse(oru_message(builders.parcel(builders.case(2, header)), "id-1"))
    assert unescape(str(message.segment("SPM")[4][0][1])) == text
    assert f"Notes: {text}" in [unescape(str(one[3])) for one in message.segments("NTE")]
    patient = [unescape(part) for part in str(message.segment("PID")[5]).split("^")]
    assert ", ".join(patient) == text.strip()


def test_nothing_in_a_name_can_end_the_message() -> None:
    header = CaseHeader("1", "a\x0bb\x1c\rMSH|^~\\&|evil")
    text = oru_message(builders.parcel(builders.case(2, header)), "id-1")
    assert "\x0b" not in text
    assert "\x1c" not in text
    assert sum(segment.startswith("MSH") for segment in text.split("\r")) == 1
