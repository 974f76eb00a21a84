"""HL7 messages of orders as text, and what is read from them."""

from __future__ import annotations

from leukoscope.exchange.hl7_orders import read_orders
from leukoscope.exchange.orders import LabOrder, OrderList

PID = "PID|1||4711^^^HOSP^PI||Muster^Maria||19800101|F"


def msh(charset: str = "", kind: str = "ORM^O01", version: str = "2.5.1") -> str:
    return rf"MSH|^~\&|KIS|WARD|LAB|LAB|20261128101500||{kind}|1|P|{version}||||||{charset}"


def order(*segments: str, charset: str = "", kind: str = "ORM^O01", pid: str = PID) -> str:
    return "\r".join((msh(charset, kind), pid, *(segments or ("ORC|NW|A-1", "OBR|1|A-1")))) + "\r"


def read(text: str, codec: str = "utf-8") -> OrderList:
    return read_orders(text.encode(codec))


def only(text: str, codec: str = "utf-8") -> LabOrder:
    found = read(text, codec)
    assert found.refused == ()
    (one,) = found.orders
    return one
