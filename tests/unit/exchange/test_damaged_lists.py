"""Nothing in a file can end the reading with anything but a sentence."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange.hl7_ack import acknowledgements
from leukoscope.exchange.hl7_orders import read_orders
from leukoscope.exchange.order_table import read_table

ORDER = (
    b"MSH|^~\\&|KIS|W|L|L|2026||OML^O21|1|P|2.5.1||||||8859/2\rPID|1||4711^^^HOSP&1&ISO^MR~9^^^^SS||van^M&x~\\F\\a^b\r"
    b"ORC|NW|A-1|||||^^^^^S\rTQ1|1||||||||S^x\rOBR|1|A-1|F||||||||||||Blood\rSPM|1|||BM^x\r"
)
TABLE = 'sep=;\nList;;\nNummer;Name;Priorität;Notes\nA-1;"Mu;ster";eilig;"x\ny"\nA-2;B;;\n'.encode("cp1252")
ACK = b"\x0bMSH|^~\\&|LIS|H|||2026||ACK|7|P|2.5\rMSA|AE|id-1|bad\rERR|||207^x\r\x1c\r"
PIECES = st.sampled_from(
    [bytes([one]) for one in b"|^~\\&\r\n\x0b\x1c\0\"';,\t\xff\xfe\xb3 MSHPID19-\x1b$X"] + [b"\xef\xbb\xbf"]
)
DAMAGE = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 3), st.lists(PIECES, max_size=3)), min_size=1, max_size=8
)


def damaged(data: bytes, damage: list[tuple[int, int, list[bytes]]]) -> bytes:
    for place, cut, pieces in damage:
        at = place % (len(data) + 1)
        data = data[:at] + b"".join(pieces) + data[at + cut :]
    return data


@settings(max_examples=60, deadline=None)
@given(DAMAGE)
def test_a_damaged_list_is_read_or_refused_with_a_sentence(damage: list[tuple[int, int, list[bytes]]]) -> None:
    for read, data in ((read_orders, ORDER * 2), (read_table, TABLE)):
        with suppress(ExchangeError):
            found = read(damaged(data, damage))
            assert all(one.header.number and "\n" not in one.header.patient for one in found.orders)
            assert all(one.sentence.endswith(".") for one in (*found.refused, *found.notes))
    acknowledgements(damaged(ACK, damage))
