"""Messages that other systems send: what is answered to each, and that nothing they hold can do harm."""

from __future__ import annotations

from datetime import UTC, datetime

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukoscope.exchange.hl7_ack import acknowledgements
from leukoscope.exchange.hl7_answer import answers
from leukoscope.exchange.hl7_incoming import Code, Fault, incoming

AT = datetime(2026, 12, 1, 10, tzinfo=UTC)
HEAD = (
    r"MSH|^~\&|KIS|WARD|LEUKO|LAB|20261201101500||{kind}|{control}|{processing}|{version}|||{accept}|{answer}|"
    "|UNICODE UTF-8"
)
ORDER = "PID|1||4711^^^WARD^PI||Muster^Maria||19800101|F\rORC|NW|A-1\rOBR|1|A-1\r"


def body(rest: str = ORDER, **more: str) -> bytes:
    said = {"kind": "ORM^O01", "control": "1", "processing": "P", "version": "2.5.1", "accept": "", "answer": ""}
    return f"{HEAD.format(**(said | more))}\r{rest}".encode()


def said(data: bytes) -> list[tuple[str, str]]:
    read = incoming(data)
    return [(one.code, one.control_id) for one in acknowledgements(answers(read, read.fault, "7", AT))]


@pytest.mark.parametrize(
    ("accept", "answer", "taken", "refused"),
    [
        ("", "", ["AA"], ["AE"]),
        ("AL", "NE", ["CA"], ["CE"]),
        ("AL", "AL", ["CA", "AA"], ["CE"]),
        ("NE", "AL", ["AA"], ["AE"]),
        ("ER", "NE", [], ["CE"]),
        ("SU", "ER", ["CA"], ["AE"]),
        ("NE", "NE", [], []),
        ("AL", "", ["CA"], ["CE"]),
    ],
)
def test_each_mode_gets_the_answers_that_it_asks_for(
    accept: str, answer: str, taken: list[str], refused: list[str]
) -> None:
    assert said(body(accept=accept, answer=answer)) == [(code, "1") for code in taken]
    wrong = ORDER.replace("NW", "ZZ")
    assert said(body(wrong, accept=accept, answer=answer)) == [(code, "1") for code in refused]


@pytest.mark.parametrize(
    ("data", "code", "condition", "place"),
    [
        (body(kind="ADT^A01"), "AR", Code.EVENT, "MSH^1^9"),
        (body(kind="SIU^S12"), "AR", Code.TYPE, "MSH^1^9"),
        (body(control=""), "AR", Code.MISSING, "MSH^1^10"),
        (body(processing="T"), "AR", Code.PROCESSING, "MSH^1^11"),
        (body(version="3.0"), "AR", Code.VERSION, "MSH^1^12"),
        (body(ORDER.replace("|A-1", "|")), "AE", Code.MISSING, "ORC^1^2"),
        (body(ORDER.replace("ORC|NW", "ORC|ZZ")), "AE", Code.NOT_IN_TABLE, "ORC^1^1"),
        (body(ORDER + "TQ1|1||||||||whenever\r"), "AE", Code.NOT_IN_TABLE, "TQ1^1"),
        (body("PID|1\r"), "AE", Code.SEQUENCE, "ORC^1"),
        (body("PID|1||^^^WARD^SS\r", kind="ADT^A08"), "AE", Code.MISSING, "PID^1^3"),
        (body("PID|1||4711\rMRG|\r", kind="ADT^A40"), "AE", Code.MISSING, "MRG^1^1"),
        (b"GET / HTTP/1.1\r\n", "AR", Code.SEQUENCE, "MSH^1"),
        (body() + body(), "AR", Code.SEQUENCE, "MSH^2"),
    ],
)
def test_what_is_refused_says_why_and_where(data: bytes, code: str, condition: Code, place: str) -> None:
    read = incoming(data)
    assert read.fault is not None and (read.fault.code, read.fault.place) == (condition, place)
    raw = answers(read, read.fault, "7", AT).strip(b"\x0b\x1c\r").decode()
    answer = hl7.parse(raw)
    assert str(answer.segment("MSA")[1]) == code
    error = answer.segment("ERR")
    assert str(error[3][0][0]) == condition.value and str(error[4]) == "E" and len(str(error[8])) > 20
    assert str(answer.segment("MSA")[3]) == str(error[8])


def test_an_answer_goes_back_to_who_asked_in_the_senders_own_separators_and_version() -> None:
    data = body(version="2.3").replace(b"|", b"$").replace(b"^~\\&", b"*~\\&").replace(b"^", b"*")
    raw = answers(incoming(data), None, "7", AT).decode()
    assert raw.startswith("\x0bMSH$*~\\&$LEUKO$LAB$KIS$WARD$") and "$ACK*O01$7$P$2.3$" in raw


def test_an_acknowledgement_is_not_answered() -> None:
    assert answers(incoming(body("MSA|AA|5\r", kind="ACK^O01")), None, "7", AT) == b""


def test_a_repetition_may_have_another_time_in_its_head() -> None:
    first, again = body(), body().replace(b"20261201101500", b"20261201120000")
    assert first != again and incoming(first).digest == incoming(again).digest
    assert incoming(body(ORDER.replace("Maria", "Marie"))).digest != incoming(first).digest


_PIECES = st.sampled_from([
    b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"PID", b"ORC|", b"OBR|", b"SPM|", b"TQ1|", b"MRG|", b"\\X00\\",
    b"\\XZZ\\", b'""', b"\xff", b"\0", b"\x1b$B", b"MSH", b"NW", b"A" * 300, "ß".encode(),
])  # fmt: skip


@given(
    st.lists(_PIECES, max_size=40).map(b"".join),
    st.sampled_from(["ORM^O01", "OML^O33", "ADT^A40", "ADT^A08", "\\F\\", "^^^"]),
    st.sampled_from(["UNICODE UTF-8", "8859/1", "ISO IR87", "UNICODE UTF-16", "KS X 1001", "no such"]),
)
def test_whatever_comes_is_answered_in_hl7_and_nothing_escapes(rest: bytes, kind: str, letters: str) -> None:
    data = body("", kind=kind).replace(b"UNICODE UTF-8", letters.encode()) + rest
    read = incoming(data)
    raw = answers(read, read.fault or Fault("x", Code.INTERNAL), "7", AT)
    assert raw.count(b"\x0b") == raw.count(b"\x1c") == 1
    lines = raw.strip(b"\x0b\x1c\r").split(b"\r")
    assert [line[:3] for line in lines] == [b"MSH", b"MSA", b"ERR"]


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_answered(data: bytes) -> None:
    read = incoming(data)
    assert read.fault is not None
    lines = answers(read, read.fault, "7", AT).strip(b"\x0b\x1c\r").split(b"\r")
    assert [line[:3] for line in lines[:2]] == [b"MSH", b"MSA"]
