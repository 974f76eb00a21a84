from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader, CaseQuery, CaseState, Order, Priority, Signature
from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.domain.waiting import Arrival
from leukoscope.workflow.worklist import ImportReport, import_orders

ORDERS = "\r".join(
    (
        r"MSH|^~\&|LIS|HOSPITAL|LEUKOSCOPE|LAB|20261123120000||ORM^O01^ORM_O01|1|P|2.5.1||||||UNICODE UTF-8",
        "PID|1||123^^^H^MR||Мюллер^Ольга||19800101|F",
        "ORC|NW|P1|2026-0500||||^^^^^S",
        "OBR|1|P1|2026-0500|58410-2^CBC^LN|||||||||||Bone marrow",
        r"MSH|^~\&|LIS|HOSPITAL|LEUKOSCOPE|LAB|20261123120000||ORM^O01^ORM_O01|2|P|2.5.1",
        r"PID|1||124^^^H^MR||O\T\Neill^'); DROP TABLE cases",
        "ORC|NW|P2|",
        "OBR|1|P2||58410-2^CBC^LN",
        r"MSH|^~\&|LIS|HOSPITAL|LEUKOSCOPE|LAB|20261123120000||ADT^A01|3|P|2.5.1",
        "PID|1||125^^^H^MR||Not^Ordered",
    )
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases")
    yield store
    store.close()


def take(store: CaseStore, folder: Path, text: str, name: str = "orders.hl7") -> ImportReport:
    (folder / name).write_bytes(text.encode())
    return import_orders(store, folder / name)


def order(control: str, number: str = "A-1", patient: str = "Muster^Maria", known: str = "4711", more: str = "") -> str:
    return "\r".join(
        (
            r"MSH|^~\&|KIS|WARD|LAB|LAB|20261128101500||OML^O21|1|P|2.5.1||||||UNICODE UTF-8",
            f"PID|1||{known}||{patient}",
            f"ORC|{control}|{number}",
            f"OBR|1|{number}{more}",
            "",
        )
    )


def add_image(store: CaseStore, case_id: int) -> None:
    store.frames.add(case_id, ImageAnalysis("a.png", error="This image is damaged."), None)


def test_hl7_orders_become_cases_once(store: CaseStore, tmp_path: Path) -> None:
    file = tmp_path / "orders.hl7"
    file.write_bytes(b"\x0b" + ORDERS.encode() + b"\x1c\r")
    report = import_orders(store, file)
    assert (report.added, report.present, report.refused) == (("2026-0500", "P2"), (), ())
    assert ["ADT A01" in one.sentence for one in report.notes] == [True]
    again = import_orders(store, file)
    assert (again.added, again.present, again.changed) == ((), ("2026-0500", "P2"), ())
    first, second = sorted(store.list(), key=lambda one: one.header.number)
    assert (first.header, first.priority) == (
        CaseHeader(
            "2026-0500", "Мюллер, Ольга", "Bone marrow", patient_id="123", birth_date="1980-01-01", sex="female"
        ),
        Priority.STAT,
    )  # fmt: skip
    assert (second.header.number, second.header.patient) == ("P2", "O&Neill, '); DROP TABLE cases")


def test_a_table_becomes_cases_and_what_is_wrong_costs_its_row(store: CaseStore, tmp_path: Path) -> None:
    text = "Accession,Patient name,Priority\n7,<b>王,urgent\n,nobody,\n8,,\n9,M,quux\n"
    report = take(store, tmp_path, text, "list.csv")
    assert report.added == ("7", "8")
    assert [(one.line, one.number) for one in report.refused] == [(3, ""), (5, "9")]
    assert [(one.header.number, one.priority) for one in store.list()] == [
        ("8", Priority.ROUTINE),
        ("7", Priority.URGENT),
    ]


@pytest.mark.parametrize("control", ["CA", "DC", "OC"])
def test_a_cancelled_order_begins_no_case_and_puts_an_untouched_one_away(
    store: CaseStore, tmp_path: Path, control: str
) -> None:
    unknown = take(store, tmp_path, order(control))
    assert (unknown.added, unknown.cancelled, len(unknown.notes)) == ((), (), 1)
    assert store.list() == ()
    take(store, tmp_path, order("NW"))
    (case_id,) = store.find("A-1")
    assert take(store, tmp_path, order(control)).cancelled == ("A-1",)
    assert store.list() == ()
    store.restore_case(case_id)
    assert store.find("A-1") == (case_id,)
    assert [one.what for one in store.trail.entries(case_id)][1] == "order cancelled"


def test_a_cancelled_order_in_one_file_with_its_beginning(store: CaseStore, tmp_path: Path) -> None:
    report = take(store, tmp_path, order("NW") + order("CA"))
    assert (report.added, report.cancelled, store.list()) == (("A-1",), ("A-1",), ())


def test_a_cancelled_order_deletes_no_work(store: CaseStore, tmp_path: Path) -> None:
    take(store, tmp_path, order("NW"))
    (case_id,) = store.find("A-1")
    add_image(store, case_id)
    for _ in range(2):
        report = take(store, tmp_path, order("CA"))
        assert (report.cancelled, ["it stays" in one.sentence for one in report.notes]) == (("A-1",), [True])
    case = store.load(case_id)
    assert len(case.frames) == 1
    assert case.header.notes.count("Order cancelled") == 1


def test_a_cancelled_order_keeps_a_case_whose_images_still_wait(store: CaseStore, tmp_path: Path) -> None:
    take(store, tmp_path, order("NW"))
    (case_id,) = store.find("A-1")
    image = tmp_path / "waits.png"
    image.write_bytes(b"image")
    store.queue.accept(case_id, [Arrival(str(image), b"image")], "here")
    report = take(store, tmp_path, order("CA"))
    assert (report.cancelled, ["it stays" in one.sentence for one in report.notes]) == (("A-1",), [True])
    assert [one.id for one in store.list()] == [case_id]


def test_a_cancelled_order_of_a_signed_case_is_only_said(store: CaseStore, tmp_path: Path) -> None:
    take(store, tmp_path, order("NW"))
    (case_id,) = store.find("A-1")
    store.signing.mark_reviewed(case_id)
    signature = Signature("Dr. A", "Reviewed", datetime(2026, 11, 28, tzinfo=UTC))
    store.signing.sign(case_id, signature, b"report", store.version(case_id))
    before = store.load(case_id).header
    report = take(store, tmp_path, order("CA") + order("XO", patient="Muster^Marie"))
    assert (report.cancelled, store.load(case_id).header) == (("A-1",), before)
    assert [(one.line, one.number) for one in report.refused] == [(8, "A-1")]
    assert "another patient" not in report.refused[0].sentence


def test_a_change_writes_what_nobody_has_edited(store: CaseStore, tmp_path: Path) -> None:
    take(store, tmp_path, order("NW", more="|||||||||||||Blood"))
    (case_id,) = store.find("A-1")
    base = store.load(case_id).header
    store.update_header(case_id, replace(base, specimen="Marrow", stain="MGG"), base)
    report = take(store, tmp_path, order("XO", patient="Muster^Marie", more="|||S||||||||||Urine"))
    assert report.changed == ("A-1",)
    assert ["another specimen" in one.sentence for one in report.notes] == [True]
    case = store.list()[0]
    assert case.header == CaseHeader("A-1", "Muster, Marie", "Marrow", "MGG", patient_id="4711")
    assert case.priority is Priority.STAT
    store.set_priority(case_id, Priority.URGENT)
    report = take(store, tmp_path, order("XO", patient="Muster^Marie", more="|||R"))
    assert (report.changed, store.list()[0].priority) == ((), Priority.URGENT)
    assert ["priority" in one.sentence for one in report.notes] == [True]


def test_a_change_empties_what_the_sender_says_is_empty(store: CaseStore, tmp_path: Path) -> None:
    take(store, tmp_path, order("NW", more="|||||||||||||Blood"))
    take(store, tmp_path, order("XO"))
    assert store.list()[0].header.specimen == "Blood"
    take(store, tmp_path, order("XO", more='|||||||||||||""'))
    assert store.list()[0].header.specimen == ""


def test_a_change_of_an_order_that_is_not_here_begins_it_and_says_so(store: CaseStore, tmp_path: Path) -> None:
    report = take(store, tmp_path, order("XO"))
    assert (report.added, len(report.notes)) == (("A-1",), 1)


def test_a_change_finds_its_case_by_the_number_of_who_ordered(store: CaseStore, tmp_path: Path) -> None:
    take(store, tmp_path, order("NW", "P-1"))
    report = take(store, tmp_path, order("CA", "P-1|F-1"))
    assert (len(report.cancelled), store.list()) == (1, ())


def test_an_order_fills_a_case_that_a_scanner_began_and_overwrites_nothing(store: CaseStore, tmp_path: Path) -> None:
    case_id = store.create(CaseHeader("A-1", "", "Marrow", operator="Zoe"))
    report = take(store, tmp_path, order("NW", more="|||S||||||||||Blood"))
    assert (report.added, report.changed) == ((), ("A-1",))
    assert store.load(case_id).header == CaseHeader("A-1", "Muster, Maria", "Marrow", "", "Zoe", "", "4711")
    assert store.list()[0].priority is Priority.STAT
    base = store.load(case_id).header
    store.update_header(case_id, replace(base, patient=""), base)
    assert take(store, tmp_path, order("NW")).changed == ()
    assert store.load(case_id).header.patient == ""


@pytest.mark.parametrize("control", ["NW", "XO", "CA"])
def test_an_order_for_another_patient_touches_nothing(store: CaseStore, tmp_path: Path, control: str) -> None:
    take(store, tmp_path, order("NW"))
    before = store.list()[0].header
    report = take(store, tmp_path, order(control, known="9999", patient="Beispiel^Ben"))
    assert (report.added, report.changed, report.cancelled) == ((), (), ())
    assert "another patient" in report.refused[0].sentence
    assert store.list()[0].header == before


def test_a_number_that_stands_for_two_patients_in_one_table(store: CaseStore, tmp_path: Path) -> None:
    report = take(store, tmp_path, "number,patient\n1,Muster\n1,Beispiel\n2,Drei\n", "list.csv")
    assert report.added == ("1", "2")
    assert [(one.line, "another patient" in one.sentence) for one in report.refused] == [(3, True)]


def test_the_log_has_no_patient_data(store: CaseStore, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        take(
            store,
            tmp_path,
            order("NW", "N77", "Geheim^Gisela", "K88", "|||Quux") + order("NW", "N78", "Geheim^G", "K89"),
        )
        take(store, tmp_path, "number,patient,priority,prio\nN79,Geheim,Geheim,x\nN78,Other,,\n", "list.csv")
    assert "2 refused" in caplog.text
    for word in ("Geheim", "Gisela", "K88", "N77", "N78", "N79", "Quux", "Other"):
        assert word not in caplog.text


def test_taking_a_list_can_be_stopped_and_says_how_far_it_is(store: CaseStore, tmp_path: Path) -> None:
    file, cancel, told = tmp_path / "list.csv", CancelToken(), []
    file.write_text("number\n1\n2\n3\n", encoding="utf-8")

    def heard(progress: Progress) -> None:
        told.append((progress.done, progress.total))
        cancel.cancel()

    report = import_orders(store, file, heard, cancel)
    assert (report.added, told) == (("1",), [(1, 3)])
    assert "2 orders" in report.notes[0].sentence


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "MSH|", "MSH|^~\\&|A\rOBR|1", "\x00\x01"])
def test_what_is_no_list_is_said(store: CaseStore, tmp_path: Path, text: str) -> None:
    (tmp_path / "list").write_text(text, encoding="utf-8")
    with pytest.raises(ExchangeError) as caught:
        import_orders(store, tmp_path / "list")
    assert caught.value.message.endswith(".")
    assert store.list() == ()


def test_the_list_is_filtered_and_sorted(store: CaseStore) -> None:
    store.create(CaseHeader("2", "b"), Priority.STAT)
    store.create(CaseHeader("1", "C"), Priority.ROUTINE)
    store.create(CaseHeader("3", "a"), Priority.URGENT)
    store.signing.mark_reviewed(store.find("3")[0])

    def numbers(**query: object) -> str:
        asked = CaseQuery(**query)  # type: ignore[arg-type]
        return "".join(one.header.number for one in store.list(asked.search, query=asked))

    assert numbers(order=Order.NUMBER, descending=False) == "123"
    assert numbers(order=Order.PATIENT, descending=False) == "321"
    assert numbers(order=Order.PRIORITY) == "231"
    assert numbers(state=CaseState.REVIEWED) == "3"
    assert numbers(search="c") == "1"
