"""Files of several HL7 messages: batches, cut off ones, and what is no order."""

from __future__ import annotations

import subprocess
import sys

import pytest

from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange.hl7_orders import read_orders
from tests.unit.exchange.hl7_texts import PID, msh, only, order, read


def test_other_messages_are_named_not_swallowed() -> None:
    found = read(order() + msh(kind="ADT^A01") + "\r" + PID + "\r")
    assert len(found.orders) == 1
    assert [(one.line, "ADT A01" in one.sentence) for one in found.notes] == [(5, True)]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_batches_are_read_with_any_line_end(end: str, codec: str) -> None:
    text = f"FHS|^~\\&|KIS\rBHS|^~\\&|KIS\r{order()}{order('ORC|NW|A-2', 'OBR|1|A-2')}BTS|2\rFTS|1\r"
    found = read_orders(text.replace("\r", end).encode(codec))
    assert [(one.header.number, one.line) for one in found.orders] == [("A-1", 6), ("A-2", 10)]
    assert (found.refused, found.notes) == ((), ())


@pytest.mark.parametrize(("tail", "says"), [("BTS|3\rFTS|1\r", "3 messages; 1"), ("BTS|1\rFTS|2\r", "2 batches; 1")])
def test_a_batch_that_holds_other_messages_than_it_says_is_said(tail: str, says: str) -> None:
    found = read(f"FHS|^~\\&|KIS\rBHS|^~\\&|KIS\r{order()}{tail}")
    assert len(found.orders) == 1
    assert says in found.notes[0].sentence


def test_the_last_message_of_a_file_that_is_cut_off_is_not_taken() -> None:
    whole = f"FHS|^~\\&|KIS\rBHS|^~\\&|KIS\r{order()}{order('ORC|NW|A-22', 'OBR|1|A-22')}BTS|2\rFTS|1\r"
    found = read(whole[: whole.index("OBR|1|A-22") + 9])
    assert [one.header.number for one in found.orders] == ["A-1"]
    assert "cut off" in found.refused[0].sentence
    assert "no end" in found.notes[0].sentence


def test_frames_of_mllp_may_be_left_in_a_file() -> None:
    framed = "".join(f"\x0b{order(f'ORC|NW|A-{one}', f'OBR|1|A-{one}')}\x1c\r" for one in (1, 2))
    assert [one.header.number for one in read(framed).orders] == ["A-1", "A-2"]
    assert [one.header.number for one in read(framed.replace("\x1c\r", "\x1c")).orders] == ["A-1", "A-2"]
    cut = read(framed[:-5])
    assert [one.header.number for one in cut.orders] == ["A-1"]
    assert "cut off" in cut.refused[0].sentence


def test_a_line_break_inside_a_segment_costs_its_message() -> None:
    broken = order(pid="PID|1||4711||Muster^\nMaria")
    found = read(broken + order("ORC|NW|A-2", "OBR|1|A-2"))
    assert [one.header.number for one in found.orders] == ["A-2"]
    assert "Line 3" in found.refused[0].sentence
    assert only(order("ORC|NW|A-1", "OBR|1|A-1", "NTE|1||a note\ngoes on")).header.number == "A-1"


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "MSH|", "MSH|^~\\&|A\rOBR|1", "\0\1"])
def test_what_is_no_hl7_is_said(text: str) -> None:
    with pytest.raises(ExchangeError):
        read(text)


def test_hl7apys_grammar_is_all_that_reading_loads() -> None:
    """What the packaged program has to carry along; another version would be missing there."""
    code = (
        "import sys; from leukoscope.exchange.hl7_orders import read_orders; read_orders(sys.argv[1].encode());"
        "print(sorted({m.split('.')[1] for m in sys.modules if m.startswith('hl7apy.v2')}))"
    )
    text = order().replace("2.5.1", "2.3")
    done = subprocess.run([sys.executable, "-c", code, text], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['v2_5_1']"


@pytest.mark.parametrize("count", ["1\x1d", "1\x1c", " 1 ", "9" * 5000, "²", "-1", "one", ""])
def test_a_count_that_is_no_number_is_no_reason_to_refuse_what_is_there(count: str) -> None:
    found = read(f"FHS|^~\\&|KIS\rBHS|^~\\&|KIS\r{order()}BTS|{count}\rFTS|{count}")
    assert len(found.orders) == 1
