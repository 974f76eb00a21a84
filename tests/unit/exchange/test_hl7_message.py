from __future__ import annotations

import base64
from dataclasses import replace

import hl7
import pytest
from hl7apy.parser import parse_message

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import CancelledError, ExchangeError
from leukoscope.domain.progress import CancelToken
from leukoscope.exchange.exported_case import PURPOSE
from leukoscope.exchange.hl7_building import VERSION, group, message, segment, written
from leukoscope.exchange.hl7_escapes import escape, unescape
from leukoscope.exchange.hl7_message import oru_message
from tests.unit.exchange import builders


def test_a_message_has_the_segments_of_an_oru_in_their_order() -> None:
    message = hl7.parse(oru_message(builders.exported(), "id-1", "LIS^Hospital"))
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
    message = hl7.parse(oru_message(builders.exported(), "id-1"))
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
    message = hl7.parse(oru_message(builders.exported(builders.signed(builders.case(), amended)), "id-1"))
    assert str(message.segment("OBR")[25]) == status
    assert {str(one[11]) for one in message.segments("OBX")} == {status}
    notes = [unescape(str(one[3])) for one in message.segments("NTE")]
    assert any("Dr. Zoë Müller" in note for note in notes)
    assert any("smudge" in note for note in notes) is amended


@pytest.mark.parametrize("text", builders.WILD)
def test_any_text_arrives_as_it_is(text: str) -> None:
    assert unescape(escape(text)) == text
    header = CaseHeader("1", text, text, text, text, text)
    message = hl7.parse(oru_message(builders.exported(builders.case(2, header)), "id-1"))
    assert unescape(str(message.segment("SPM")[4][0][1])) == text
    assert f"Notes: {text}" in [unescape(str(one[3])) for one in message.segments("NTE")]
    patient = [unescape(part) for part in str(message.segment("PID")[5]).split("^")]
    assert ", ".join(patient) == text.strip()


def test_nothing_in_a_name_can_end_the_message() -> None:
    header = CaseHeader("1", "a\x0bb\x1c\rMSH|^~\\&|evil")
    text = oru_message(builders.exported(builders.case(2, header)), "id-1")
    assert "\x0b" not in text
    assert "\x1c" not in text
    assert sum(segment.startswith("MSH") for segment in text.split("\r")) == 1


@pytest.mark.parametrize(
    "header", [CaseHeader("2026-1", "Doe, Jane", "Blood", patient_id="7"), CaseHeader("2026-1"), CaseHeader("")]
)
@pytest.mark.parametrize("amended", [False, True])
def test_every_message_keeps_to_the_grammar(header: CaseHeader, amended: bool) -> None:
    """Read back by hl7apy, which knows what is required, how often, and of which datatype."""
    case = builders.signed(builders.case(4, header), amended)
    text = oru_message(builders.exported(case), "id-1", "LIS^Hospital")
    assert parse_message(text, find_groups=True).validate()
    assert text.endswith("\r")
    assert "\n" not in text


def test_the_specimen_has_the_laboratorys_number_and_a_patient_without_a_name_says_so() -> None:
    text = oru_message(builders.exported(builders.case(2, CaseHeader("2026-1", "", "Blood"))), "id-1")
    message = parse_message(text, find_groups=False)
    assert message.spm.spm_2.eip_2.ei_1.to_er7() == "2026-1"
    assert (message.pid.pid_5.xpn_1.to_er7(), message.pid.pid_5.xpn_7.to_er7()) == ("", "U")


def test_what_breaks_the_grammar_is_not_written() -> None:
    made = message("ORU_R01", {9: ("ORU", "R01", "ORU_R01"), 10: "1", 11: "P", 12: VERSION})
    group(group(made, "ORU_R01_PATIENT_RESULT"), "ORU_R01_PATIENT", segment("PID", {1: "1"}))
    with pytest.raises(ExchangeError) as caught:
        written(made)
    assert "PID" not in caught.value.detail


def test_making_a_message_can_be_stopped() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        oru_message(builders.exported(), "id-1", cancel=cancel)


def test_the_result_of_an_order_bears_the_number_of_whoever_ordered() -> None:
    ordered = replace(builders.exported(), placer=("P&1", "HIS", "1.2.3", "ISO"))
    message = hl7.parse(oru_message(ordered, "1"))
    orders = message.segments("OBR")
    assert {str(one[2]) for one in orders} == {r"P\T\1^HIS^1.2.3^ISO"}
    order = message.segment("ORC")
    assert (str(order[1]), str(order[2]), str(order[3])) == ("RE", str(orders[0][2]), str(orders[0][3]))
    assert "ORC" not in oru_message(builders.exported(), "1")
