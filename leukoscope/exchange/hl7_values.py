"""One result of an HL7 message, before it is an OBX."""

from __future__ import annotations

from typing import NamedTuple

from leukoscope.exchange.codes import OWN_SCHEME, Code
from leukoscope.exchange.hl7_building import Value


class Result(NamedTuple):
    """One result; ``who`` (OBX-16, XCN) and ``at`` (OBX-19) where a person said it."""

    kind: str
    code: tuple[str, str, str]
    sub: str
    value: Value
    unit: str
    who: str = ""
    at: str = ""


def coded(code: Code, scheme: str = OWN_SCHEME) -> tuple[str, str, str]:
    """A code as CE or CWE has it."""
    return code.code, code.meaning, scheme
