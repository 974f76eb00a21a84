"""What the hospital's system says of patients."""

from __future__ import annotations

from leukoscope.exchange.hl7_adt import ChangeList, PatientChange, read_change
from leukoscope.exchange.hl7_files import read_messages

HEAD = r"MSH|^~\&|KIS|WARD|LAB|LAB|20261128101500||{kind}|1|P|2.5.1||||||UNICODE UTF-8"


def read(kind: str, *segments: str) -> ChangeList:
    ((message,), _) = read_messages("\r".join((HEAD.format(kind=kind), *segments)).encode())
    return read_change(message)


def test_a_change_says_only_what_it_says() -> None:
    found = read("ADT^A08", "EVN|A08", "PID|1||4711^^^WARD^PI~99^^^X^SS||Müller^Anna^^^^^L||19700102|F", "PV1|1|I")
    said = {"patient": "Müller, Anna", "birth_date": "1970-01-02", "sex": "female"}
    assert found.changes == (PatientChange("4711", (), said, 3),) and found.refused == ()
    assert read("ADT^A08", 'PID|1||4711||""||').changes == (PatientChange("4711", (), {"patient": ""}, 2),)


def test_a_merge_names_the_numbers_that_are_given_up_each_with_its_patient() -> None:
    found = read(
        "ADT^A40^ADT_A39",
        "PID|1||2^^^WARD^MR||Doe^Jane", "MRG|1^^^WARD^MR~7^^^STATE^SS",
        "PID|1||4^^^WARD^MR", "PV1|", "MRG|3^^^WARD^MR",
    )  # fmt: skip
    assert [(one.patient_id, one.former) for one in found.changes] == [("2", ("1",)), ("4", ("3",))]


def test_without_a_number_nobody_knows_who_is_meant() -> None:
    assert [one.kind for one in read("ADT^A08", "PID|1||9^^^STATE^SS").refused] == ["no patient"]
    assert [one.kind for one in read("ADT^A40", "PID|1||9", "MRG|9").refused] == ["no former patient"]
    assert [one.kind for one in read("ADT^A40", "PV1|1").refused] == ["no order"]
