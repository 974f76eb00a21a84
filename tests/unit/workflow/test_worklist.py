from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader, CaseState, Order, Priority, Question
from leukoscope.domain.errors import ExchangeError
from leukoscope.workflow.worklist import import_orders, read_table

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


def test_hl7_orders_become_cases_once(store: CaseStore, tmp_path: Path) -> None:
    file = tmp_path / "orders.hl7"
    file.write_bytes(b"\x0b" + ORDERS.encode() + b"\x1c\r")
    assert import_orders(store, file) == 2
    assert import_orders(store, file) == 0
    first, second = sorted(store.list(), key=lambda one: one.header.number)
    assert (first.header, first.priority) == (
        CaseHeader("2026-0500", "Мюллер, Ольга", "Bone marrow", patient_id="123"), Priority.STAT,
    )  # fmt: skip
    assert (second.header.number, second.header.patient) == ("P2", "O&Neill, '); DROP TABLE cases")


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_table_becomes_cases(between: str) -> None:
    lines = ["Accession|Patient name|Priority|Comment", "7|<b>王|urgent|", "|nobody||", "8|||a"]
    orders = read_table("\ufeff" + "\n".join(line.replace("|", between) for line in lines))
    assert [(one.header.number, one.header.patient, one.priority) for one in orders] == [
        ("7", "<b>王", Priority.URGENT),
        ("8", "", Priority.ROUTINE),
    ]


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

    def numbers(**question: object) -> str:
        asked = Question(**question)  # type: ignore[arg-type]
        return "".join(one.header.number for one in store.list(asked.search, question=asked))

    assert numbers(order=Order.NUMBER, descending=False) == "123"
    assert numbers(order=Order.PATIENT, descending=False) == "321"
    assert numbers(order=Order.PRIORITY) == "231"
    assert numbers(state=CaseState.REVIEWED) == "3"
    assert numbers(search="c") == "1"
